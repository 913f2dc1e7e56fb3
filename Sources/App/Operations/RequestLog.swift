import HTTPTransport
import Logging

extension Settings {
    /// Runs `body`, and logs every HTTP request that it makes at level `debug`: what was asked, never with which
    /// credentials.
    package func loggingRequests<Result>(_ body: () async throws -> Result) async throws -> Result {
        let logger = context.logger
        guard logger.logLevel <= .debug else { return try await body() }
        return try await HTTPClient.$observer.withValue({ Self.log($0, logger) }) { try await body() }
    }

    private static func log(_ report: HTTPRequestReport, _ logger: Logger) {
        let (seconds, attoseconds) = report.duration.components
        var facts: Logger.Metadata = [
            "method": "\(report.method)", "url": "\(report.url)",
            "ms": "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)",
        ]
        if let status = report.status { facts["status"] = "\(status)" }
        if let error = report.error { facts["error"] = "\(ErrorMessage.line(error))" }
        logger.debug("request", metadata: facts)
    }
}
