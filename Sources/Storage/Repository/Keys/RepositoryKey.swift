package import Crypto
import Foundation

/// What a user holds to open a repository.
package enum RepositoryKey: Sendable {
    /// The 32 bytes of a key file. No key derivation slows commands down.
    case keyFile(SymmetricKey)
    /// A passphrase, stretched with scrypt (RFC 7914).
    case passphrase(String)

    /// The kind of the slots that it may open.
    package var kind: KeySlot.Kind {
        switch self {
        case .keyFile: .keyFile
        case .passphrase: .passphrase
        }
    }

    private static let keyFileHeader = "kbackup key file v1"

    /// Makes a new random key for a key file.
    package static func makeKeyFile() -> RepositoryKey { .keyFile(SymmetricKey(size: .bits256)) }

    /// Reads a key file: a line that names the format, and the key in base64.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/wrongKey`` when `text` is not a key file.
    package static func parseKeyFile(_ text: String, path: String) throws(RepositoryError) -> RepositoryKey {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        guard lines.count == 2, lines[0] == keyFileHeader, let key = Data(base64Encoded: String(lines[1])),
            key.count == MasterKey.sizeInBytes
        else {
            throw RepositoryError(
                .wrongKey,
                "'\(path)' is not a kbackup key file. Give the file that was made together with the repository."
            )
        }
        return .keyFile(SymmetricKey(data: key))
    }

    /// The text of a key file for this key; `nil` for a passphrase.
    package var keyFileText: String? {
        guard case .keyFile(let key) = self else { return nil }
        let text = unsafe key.withUnsafeBytes { unsafe Data($0).base64EncodedString() }
        return """
            # Who holds this file can read every backup of its repository; without it nobody can.
            \(Self.keyFileHeader)
            \(text)

            """
    }
}
