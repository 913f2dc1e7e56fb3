import Crypto
import Foundation

/// The object `root`: what a reader must know before it holds a key, as JSON.
///
/// It is the only object that ever changes, and only by compare and swap.
struct RepositoryRoot: Codable, Sendable {
    static let format = "kbackup repository"
    static let version = 1

    var format = Self.format
    /// Readers refuse a version they do not know.
    var version = Self.version
    let repositoryID: RepositoryID
    let createdAt: Date
    var slots: [KeySlot]
    /// SHA-256 over the other fields: tells a damaged root from a wrong key.
    var checksum = Data()
    /// HMAC-SHA-256 over the other fields with a key of the repository: tells a forged root from an honest one.
    var authentication = Data()

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }()

    /// What ``checksum`` and ``authentication`` cover: the sorted JSON of the other fields.
    private func covered() throws -> Data {
        var bare = self
        bare.checksum = Data()
        bare.authentication = Data()
        return try Self.encoder.encode(bare)
    }

    /// The bytes of the object `root`.
    func encoded(keys: RepositoryKeys) throws -> [UInt8] {
        var signed = self
        let covered = try covered()
        signed.checksum = Data(SHA256.hash(data: covered))
        signed.authentication = Data(HMAC<SHA256>.authenticationCode(for: covered, using: keys.root))
        return Array(try Self.encoder.encode(signed))
    }

    static func damaged(at location: String) -> RepositoryError {
        RepositoryError(
            .damaged,
            "The object 'root' of the repository at '\(location)' is damaged. Restore it from a copy of the bucket."
        )
    }

    /// Reads a root, without a key: its authentication is still to be checked with ``authenticate(keys:location:)``.
    static func decode(_ bytes: [UInt8], location: String) throws -> RepositoryRoot {
        struct Head: Decodable {
            var format: String
            var version: Int
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let damaged = damaged(at: location)
        guard let head = try? decoder.decode(Head.self, from: Data(bytes)) else {
            throw damaged
        }
        guard head.format == Self.format else {
            throw RepositoryError(
                .otherFormat,
                "'\(location)' holds something else, not a kbackup repository: its object 'root' has another format."
            )
        }
        guard head.version == Self.version else {
            throw RepositoryError(
                .otherFormat,
                "The repository at '\(location)' has format version \(head.version) in its object 'root', this program "
                    + "knows version \(Self.version). Use a newer kbackup."
            )
        }
        // What is not written as it would be written here was changed, even where it reads the same.
        guard let root = try? decoder.decode(RepositoryRoot.self, from: Data(bytes)),
            root.slots.count <= FormatLimits.keySlots, root.slots.allSatisfy(\.hasValidID),
            Data(SHA256.hash(data: try root.covered())) == root.checksum,
            try Self.encoder.encode(root).elementsEqual(bytes)
        else { throw damaged }
        return root
    }

    /// Opens the root with the first slot that `key` fits, and sees to it that it is honest.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/wrongKey`` or ``RepositoryError/Code/damaged``.
    func open(with key: RepositoryKey, location: String) throws -> (master: MasterKey, keys: RepositoryKeys) {
        for slot in slots {
            guard let master = try slot.open(with: key, repositoryID: repositoryID) else { continue }
            let keys = master.keys(repositoryID: repositoryID)
            try authenticate(keys: keys, location: location)
            return (master, keys)
        }
        let kinds = Set(slots.map(\.kind.rawValue)).sorted().joined(separator: " or ")
        throw RepositoryError(
            .wrongKey,
            "The key does not open the repository at '\(location)', which has \(slots.count) key slot(s) (\(kinds)). "
                + "Give a key file or passphrase that it was made with, or that 'kbackup repo key add' has added."
        )
    }

    func authenticate(keys: RepositoryKeys, location: String) throws {
        let valid = HMAC<SHA256>.isValidAuthenticationCode(
            authentication,
            authenticating: try covered(),
            using: keys.root
        )
        guard valid else {
            throw RepositoryError(
                .damaged,
                "The object 'root' of the repository at '\(location)' was changed by somebody without its key."
            )
        }
    }
}
