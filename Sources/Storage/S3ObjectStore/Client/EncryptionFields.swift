import Crypto
import Foundation
import HTTPTypes
import ObjectStore

/// The fields that say how the server is to encrypt an object, or with which key it is to decrypt it.
struct EncryptionFields: Sendable {
    /// For the request that begins an object: `PUT`, or the start of an upload in parts.
    let create: HTTPFields
    /// For every request that touches its bytes or facts.
    let use: HTTPFields

    /// - Throws: ``ObjectStoreError`` with code `misconfigured` when the key's file cannot be used.
    init(_ encryption: S3Configuration.ServerSideEncryption?, isEncryptedTransport: Bool) throws {
        switch encryption {
        case nil:
            (create, use) = ([:], [:])
        case .serverKey:
            (create, use) = ([.amzEncryption: "AES256"], [:])
        case .keyManagementService(let keyID):
            var fields: HTTPFields = [.amzEncryption: "aws:kms"]
            fields[.amzEncryptionKeyID] = keyID
            (create, use) = (fields, [:])
        case .customerKey(let file):
            guard isEncryptedTransport else {
                throw ObjectStoreError(
                    .misconfigured,
                    "A key of yours for the server's encryption can only be sent over https. Use an https endpoint."
                )
            }
            let key = try Self.readKey(file)
            use = [
                .amzCustomerAlgorithm: "AES256",
                .amzCustomerKey: key.base64EncodedString(),
                .amzCustomerKeyMD5: Data(Insecure.MD5.hash(data: key)).base64EncodedString(),
            ]
            create = use
        }
    }

    private static func readKey(_ file: String) throws -> Data {
        let content: Data
        do {
            content = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw ObjectStoreError(
                .misconfigured,
                "The file '\(file)' with the encryption key cannot be read: \(error)"
            )
        }
        if content.count == 32 { return content }
        let text = String(decoding: content.prefix(100), as: UTF8.self).filter { !$0.isWhitespace }
        guard let key = Data(base64Encoded: text), key.count == 32 else {
            throw ObjectStoreError(
                .misconfigured,
                "The file '\(file)' does not hold an encryption key: 32 bytes, as they are or in Base64."
            )
        }
        return key
    }
}
