import Crypto
import Foundation
import ObjectStore

/// What of a repository is kept in a ``RepositoryCache``, and under which names.
struct CachedObjects: Sendable {
    let cache: any RepositoryCache

    static let hashSize = 16

    /// Tells an object at one of its versions from all others: deleted and written anew, it gets another.
    static func hash(of key: ObjectKey, _ version: VersionTag) -> [UInt8] {
        Array(SHA256.hash(data: Data("\(key.rawValue)\n\(version.rawValue)".utf8)).prefix(hashSize))
    }

    /// The cached name of an object at one of its versions.
    static func name(of key: ObjectKey, _ version: VersionTag) -> String {
        "object-" + hash(of: key, version).hexadecimal
    }

    /// Blocks never change.
    static func name(of block: BlockLocation) -> String { "block-\(block.pack)-\(block.number)" }

    private static let rootName = "root"

    /// The object `root` as it was read last, with its version.
    func root() -> (version: VersionTag, bytes: [UInt8])? {
        guard let kept = cache.read(Self.rootName, limit: FormatLimits.root + 1024),
            let end = kept.firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return (VersionTag(String(decoding: kept[..<end], as: UTF8.self)), Array(kept[(end + 1)...]))
    }

    func keepRoot(_ object: StoredObject) {
        cache.write((Array(object.version.rawValue.utf8) + [UInt8(ascii: "\n")] + object.bytes)[...], as: Self.rootName)
    }

    /// An object at one of its versions.
    func object(_ key: ObjectKey, _ version: VersionTag) -> [UInt8]? {
        cache.read(Self.name(of: key, version), limit: FormatLimits.envelope)
    }

    func keep(_ bytes: [UInt8], of key: ObjectKey, _ version: VersionTag) {
        cache.write(bytes[...], as: Self.name(of: key, version))
    }

    func forget(_ key: ObjectKey, _ version: VersionTag) { cache.remove(Self.name(of: key, version)) }

    /// The ciphertext and tag of a block of a manifest; those of other kinds are not kept.
    func sealedBlock(_ block: BlockLocation) -> [UInt8]? {
        guard block.kind == .manifest else { return nil }
        return cache.read(Self.name(of: block), limit: Int(block.storedLength))
    }

    func keep(_ sealed: ArraySlice<UInt8>, of block: BlockLocation) {
        if block.kind == .manifest { cache.write(sealed, as: Self.name(of: block)) }
    }

    func forget(_ block: BlockLocation) { cache.remove(Self.name(of: block)) }
}
