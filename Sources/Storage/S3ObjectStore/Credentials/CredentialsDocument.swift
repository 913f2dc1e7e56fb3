import FoundationEssentials
import ObjectStore

/// Credentials as programs and services on the machine give them out, in JSON.
struct CredentialsDocument: Decodable {
    var Version: Int?
    var AccessKeyId: String?
    var SecretAccessKey: String?
    var SessionToken: String?
    var Token: String?
    var Expiration: String?
    var Code: String?
    var Message: String?

    /// Reads `json`.
    ///
    /// - Parameter source: Who gave it out, for messages.
    init(_ json: [UInt8], from source: String) throws {
        do {
            self = try JSONDecoder().decode(CredentialsDocument.self, from: Data(json))
        } catch {
            // The decoder's message may quote what it read.
            throw ObjectStoreError(.accessDenied, "What \(source) gave out is not JSON with credentials.")
        }
    }

    func credentials(from source: String) throws -> AWSCredentials {
        guard let AccessKeyId, let SecretAccessKey else {
            let reason = [Code, Message].compactMap { $0 }.joined(separator: ": ")
            throw ObjectStoreError(
                .accessDenied,
                "There is no AccessKeyId and SecretAccessKey in what \(source) gave out\(reason.isEmpty ? "" : ": ")\(reason)."
            )
        }
        let expiresAt = try Expiration.map { text in
            guard let time = Timestamp(iso8601: text) else {
                throw ObjectStoreError(.accessDenied, "\(source) gave out credentials with the odd end '\(text)'.")
            }
            return Double(time.seconds)
        }
        return AWSCredentials(
            accessKeyID: AccessKeyId,
            secretAccessKey: SecretAccessKey,
            sessionToken: SessionToken ?? Token,
            expiresAt: expiresAt,
            source: source
        )
    }
}
