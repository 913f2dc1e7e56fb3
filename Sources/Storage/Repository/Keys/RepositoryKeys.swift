import Crypto
import Foundation

/// The keys of one repository, one for each use, so that no two uses ever share one.
struct RepositoryKeys: Sendable {
    /// Keys record ids, so that they tell nothing about what is stored.
    let recordID: KeyedHash
    /// Keys the terms of a manifest's root hash.
    let manifest: KeyedHash
    /// Authenticates the repository's root.
    let root: SymmetricKey
    private let pack: SymmetricKey
    private let envelope: SymmetricKey
    private let chunker: SymmetricKey

    init(master: SymmetricKey, repositoryID: RepositoryID) {
        func derive(_ use: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: master,
                salt: repositoryID.bytes,
                info: Array("kbackup 1 \(use)".utf8),
                outputByteCount: 32
            )
        }
        recordID = KeyedHash(key: derive("record id"))
        manifest = KeyedHash(key: derive("manifest hash"))
        root = derive("root")
        pack = derive("pack")
        envelope = derive("envelope")
        chunker = derive("chunker")
    }

    /// The key of one pack: a pack never shares a key, so block numbers can serve as nonces.
    func packKey(_ id: PackID) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: pack, salt: id.bytes, info: Array("pack".utf8), outputByteCount: 32)
    }

    /// The key of one envelope, from the random salt that stands at its start.
    func envelopeKey(salt: some Collection<UInt8>) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: envelope,
            salt: Array(salt),
            info: Array("envelope".utf8),
            outputByteCount: 32
        )
    }

    /// 256 secret numbers for the content-defined chunker.
    var gearTable: [UInt64] {
        let expanded = HKDF<SHA256>.expand(
            pseudoRandomKey: chunker,
            info: Array("gear".utf8),
            outputByteCount: 256 * 8
        )
        let bytes = unsafe expanded.withUnsafeBytes { unsafe Array($0) }
        return (0..<256).map { entry in
            bytes[(entry * 8)..<(entry * 8 + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
