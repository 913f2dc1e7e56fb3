import FoundationEssentials
package import HTTPTransport
import HTTPTypes
package import ObjectStore

/// Objects in a bucket of AWS S3, or of a server that speaks as it does.
///
/// Every upload carries the SHA-256 of its bytes, which the server checks before it keeps them; every download of a
/// whole object is compared with it. Every request is made so that it can be repeated: a put that may have been done
/// already is told from somebody else's by a random mark in the object's metadata.
package struct S3ObjectStore: ObjectStore {
    let client: S3Client

    package var location: String { client.location }

    init(client: S3Client) { self.client = client }

    /// Makes a store from what the user configured, the environment and AWS's shared files; sends nothing.
    ///
    /// - Parameters:
    ///   - configuration: The bucket and what is known of its server.
    ///   - environment: The environment variables of the process.
    ///   - http: Settings of the HTTP client. Those of TLS come from `configuration`.
    ///   - now: The clock, in seconds since 1970.
    /// - Throws: ``ObjectStoreError`` when a setting cannot be used.
    package init(
        _ configuration: S3Configuration,
        environment: [String: String],
        http: HTTPClientConfiguration = HTTPClientConfiguration(),
        now: @escaping @Sendable () -> Double = S3ObjectStore.systemTime
    ) throws {
        let settings = try S3Settings(configuration, environment: environment)
        client = try S3Client(settings, environment: environment, http: http, now: now)
    }

    /// The system's clock, in seconds since 1970.
    package static func systemTime() -> Double { Date().timeIntervalSince1970 }

    /// The key in the bucket of the object `key`.
    func fullKey(_ key: String) -> String { client.configuration.prefix + key }

    /// A URL with which anybody can read the object at `key` for a while, without credentials.
    ///
    /// - Parameters:
    ///   - key: The object. Whether it exists is not looked at.
    ///   - lifetime: For how long, up to a week; credentials that end sooner end it too.
    package func presignedURL(toGet key: ObjectKey, for lifetime: Duration) async throws -> String {
        let seconds = lifetime.components.seconds
        guard (1...604_800).contains(seconds) else {
            throw ObjectStoreError(.misconfigured, "A signed URL is good for 1 second to 7 days, not for \(lifetime).")
        }
        let region = client.region.current
        let url = try S3Endpoint(client.configuration, region: region).url(key: fullKey(key.rawValue))
        let signer = SignatureV4(
            credentials: try await client.credentials.current(),
            region: region,
            time: Timestamp(client.now())
        )
        return signer.presign(.get, url: url, seconds: Int(seconds))
    }
}
