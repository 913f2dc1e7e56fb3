import Crypto
import CryptoExtras
package import Foundation

/// The repository's master key, sealed for one holder.
package struct KeySlot: Codable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case keyFile = "key-file"
        case passphrase
    }

    /// Cost of scrypt (RFC 7914); memory is `128 × n × r` bytes.
    struct ScryptParameters: Codable, Sendable {
        var n: Int
        var r: Int
        var p: Int

        /// 32 MiB and about a fifth of a second.
        static let standard = ScryptParameters(n: 1 << 15, r: 8, p: 3)

        /// A root from elsewhere must not make the reader allocate or compute without bound.
        var isAcceptable: Bool {
            (1 << 10...1 << 20).contains(n) && n & (n - 1) == 0 && (1...32).contains(r) && (1...16).contains(p)
                && 128 * n * r <= 256 << 20
        }
    }

    /// 16 hexadecimal digits.
    package let id: String
    package let kind: Kind
    package let createdAt: Date
    /// What a user calls the slot.
    package let label: String?
    let salt: Data
    let scrypt: ScryptParameters?
    /// Nonce, ciphertext and tag of AES-256-GCM.
    let sealedMasterKey: Data

    /// Seals `master` for the holder of `key`.
    static func make(
        for key: RepositoryKey,
        label: String? = nil,
        master: MasterKey,
        repositoryID: RepositoryID,
        at date: Date
    ) throws -> KeySlot {
        var random = SystemRandomNumberGenerator()
        let id = (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) }.hexadecimal
        let salt = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
        let kind = key.kind
        let scrypt: ScryptParameters? = kind == .passphrase ? .standard : nil
        let wrapping = try wrappingKey(key, salt: salt, scrypt: scrypt)
        let sealed = try AES.GCM.seal(
            unsafe master.key.withUnsafeBytes { unsafe Data($0) },
            using: wrapping,
            authenticating: associatedData(id: id, kind: kind, repositoryID: repositoryID)
        )
        guard let combined = sealed.combined else { preconditionFailure("a 12-byte nonce has a combined form") }
        return KeySlot(
            id: id,
            kind: kind,
            createdAt: date,
            label: label,
            salt: salt,
            scrypt: scrypt,
            sealedMasterKey: combined
        )
    }

    /// Messages show the id before it is known to be honest.
    var hasValidID: Bool { [UInt8](hexadecimal: id)?.count == 8 }

    /// - Returns: The master key, or `nil` when `key` is not this slot's.
    func open(with key: RepositoryKey, repositoryID: RepositoryID) throws -> MasterKey? {
        guard kind == key.kind else { return nil }
        if let scrypt, !scrypt.isAcceptable {
            throw RepositoryError(.damaged, "Key slot \(id) asks for an absurd amount of work; it was tampered with.")
        }
        let wrapping = try Self.wrappingKey(key, salt: salt, scrypt: scrypt)
        guard
            let box = try? AES.GCM.SealedBox(combined: sealedMasterKey),
            let bytes = try? AES.GCM.open(
                box,
                using: wrapping,
                authenticating: Self.associatedData(id: id, kind: kind, repositoryID: repositoryID)
            ),
            bytes.count == MasterKey.sizeInBytes
        else { return nil }
        return MasterKey(bytes: bytes)
    }

    private static func associatedData(id: String, kind: Kind, repositoryID: RepositoryID) -> [UInt8] {
        Array("kbackup 1 slot \(repositoryID) \(id) \(kind.rawValue)".utf8)
    }

    /// The key that seals the master key in a slot.
    static func wrappingKey(
        _ key: RepositoryKey,
        salt: Data,
        scrypt: ScryptParameters?
    ) throws -> SymmetricKey {
        switch key {
        case .keyFile(let key):
            return HKDF<SHA256>.deriveKey(
                inputKeyMaterial: key,
                salt: salt,
                info: Array("kbackup 1 key file".utf8),
                outputByteCount: 32
            )
        case .passphrase(let passphrase):
            guard let scrypt else {
                throw RepositoryError(.damaged, "A passphrase slot of the repository has no scrypt parameters.")
            }
            return try KDF.Scrypt.deriveKey(
                from: Data(passphrase.utf8),
                salt: salt,
                outputByteCount: 32,
                rounds: scrypt.n,
                blockSize: scrypt.r,
                parallelism: scrypt.p,
                maxMemory: 300 << 20
            )
        }
    }
}
