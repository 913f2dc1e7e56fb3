import HTTPTypes

/// A request to the bucket, before it is signed.
struct S3Request: Sendable {
    let method: HTTPRequest.Method
    /// The key in the bucket, the store's prefix included; `nil` for the bucket itself.
    let key: String?
    var query: [(String, String?)] = []
    var fields: HTTPFields = [:]
    var payload: S3Payload?

    init(
        _ method: HTTPRequest.Method,
        _ key: String?,
        query: [(String, String?)] = [],
        fields: HTTPFields = [:],
        payload: S3Payload? = nil
    ) {
        self.method = method
        self.key = key
        self.query = query
        self.fields = fields
        self.payload = payload
    }
}
