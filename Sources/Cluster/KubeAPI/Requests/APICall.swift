import HTTPTypes

/// One request to the API server, before it knows where that is and who asks.
struct APICall {
    typealias Method = HTTPRequest.Method

    var method: Method
    /// Percent-encoded, with a slash at its start.
    var path: String
    var query: [(String, String)] = []
    var accept = "application/json"
    var contentType: String?
    var body: [UInt8]?
    /// Whether doing it twice is as good as doing it once.
    var isIdempotent = true
    /// For messages: `get pods 'shop/web'`.
    var action: String

    init(_ method: Method, _ path: String, action: String) {
        self.method = method
        self.path = path
        self.action = action
    }
}

/// What has happened to the tries of a call so far.
final class AttemptLog {
    /// Whether a try ended without an answer, so that the server may have done what was asked.
    var hasLostAnswer = false
}
