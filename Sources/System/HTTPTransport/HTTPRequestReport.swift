import HTTPTypes

/// One request as it went: for a log, without anything secret.
package struct HTTPRequestReport: Sendable, Equatable {
    package let method: String
    /// With the parameters whose values are known to be harmless; of others only the names are there.
    package let url: String
    /// `nil` when no answer came.
    package let status: Int?
    /// Why there was no answer, or not all of it was read.
    package let error: String?
    /// Until the answer was read.
    package let duration: Duration

    init(_ request: HTTPClientRequest, status: Int?, error: (any Error)?, duration: Duration) {
        method = request.method.rawValue
        url = Self.redacted(request.url)
        self.status = status
        self.error = error.map { "\($0)" }
        self.duration = duration
    }

    /// The parameters of the APIs we speak that say what is asked for.
    ///
    /// Whatever else a query holds may be a credential.
    private static let harmless: Set<String> = [
        "limit", "resourceVersion", "resourceVersionMatch", "labelSelector", "fieldSelector", "dryRun", "fieldManager",
        "force", "fieldValidation", "timeout", "propagationPolicy", "list-type", "prefix", "start-after", "max-keys",
        "encoding-type", "delimiter", "partNumber", "uploadId", "uploads", "delete",
    ]

    private static func redacted(_ url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return url }
        let items = parts[1].split(separator: "&").map { item in
            let name = item.prefix { $0 != "=" }
            return harmless.contains(String(name)) || name.endIndex == item.endIndex ? String(item) : "\(name)=…"
        }
        return "\(parts[0])?\(items.joined(separator: "&"))"
    }
}
