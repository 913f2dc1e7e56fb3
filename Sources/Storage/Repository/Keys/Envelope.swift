import Crypto
import ObjectStore

/// A small sealed object: a snapshot, a restore's report, an index segment.
///
/// Stored: 8 bytes `KBENV` 0 0 1, 16 random bytes (the salt of its key), then AES-256-GCM ciphertext and tag of a
/// ``CompressedPayload``. The nonce is zero, for the key is used once. The associated data is the object's key, so that
/// an object moved to another name does not open.
enum Envelope {
    private static let magic: [UInt8] = [0x4B, 0x42, 0x45, 0x4E, 0x56, 0, 0, 1]
    private static let saltSize = 16
    private static let tagSize = 16
    /// In bytes: what stands before the ciphertext.
    static let headerSize = magic.count + saltSize

    /// Reads an envelope out of a store, and opens it.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when it is not what was stored;
    ///   `ObjectStoreError`, such as of an object that is not there.
    static func read(_ key: ObjectKey, from store: any ObjectStore, keys: RepositoryKeys) async throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try await store.get(key, limit: FormatLimits.envelope)
        } catch let error as ObjectStoreError where error.code == .corrupted {
            throw RepositoryError(.damaged, "Object '\(key)' is damaged. \(error.message)")
        }
        return try open(bytes, named: key.rawValue, keys: keys)
    }

    /// Reads an envelope out of the cache, where that has it in order, or out of the store.
    ///
    /// - Parameter version: As it was listed; `nil` when it was not, and must be read from the store.
    /// - Throws: As ``read(_:from:keys:)``.
    static func read(
        _ key: ObjectKey,
        _ version: VersionTag?,
        from store: any ObjectStore,
        keys: RepositoryKeys,
        _ cached: CachedObjects?
    ) async throws -> [UInt8] {
        guard let cached else { return try await read(key, from: store, keys: keys) }
        if let version, let kept = cached.object(key, version) {
            if let payload = try? open(kept, named: key.rawValue, keys: keys) { return payload }
            cached.forget(key, version)
        }
        let object: StoredObject
        do {
            object = try await store.get(key, range: .whole(limit: FormatLimits.envelope))
        } catch let error as ObjectStoreError where error.code == .corrupted {
            throw RepositoryError(.damaged, "Object '\(key)' is damaged. \(error.message)")
        }
        let payload = try open(object.bytes, named: key.rawValue, keys: keys)
        cached.keep(object.bytes, of: key, object.version)
        return payload
    }

    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/outOfLimits`` when `payload` is too long.
    static func seal(_ payload: [UInt8], named name: String, keys: RepositoryKeys) throws -> [UInt8] {
        guard payload.count <= FormatLimits.payload else {
            throw RepositoryError(
                .outOfLimits,
                "Object '\(name)' would hold \(payload.count) bytes, over the limit of \(FormatLimits.payload)."
            )
        }
        return try seal(wrapped: CompressedPayload.wrap(payload, level: 3), named: name, keys: keys)
    }

    /// Seals a ``CompressedPayload``.
    static func seal(wrapped payload: [UInt8], named name: String, keys: RepositoryKeys) throws -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<saltSize).map { _ in UInt8.random(in: 0...255, using: &random) }
        let sealed = try AES.GCM.seal(
            payload,
            using: keys.envelopeKey(salt: salt),
            nonce: AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 12)),
            authenticating: Array(name.utf8)
        )
        return magic + salt + sealed.ciphertext + sealed.tag
    }

    static func open(_ bytes: [UInt8], named name: String, keys: RepositoryKeys) throws -> [UInt8] {
        guard bytes.count > magic.count + saltSize + tagSize, bytes.starts(with: magic) else {
            throw RepositoryError(.damaged, "Object '\(name)' is damaged: it does not start as it must.")
        }
        let salt = bytes[magic.count..<(magic.count + saltSize)]
        let payload: [UInt8]
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 12)),
                ciphertext: bytes[(magic.count + saltSize)..<(bytes.count - tagSize)],
                tag: bytes[(bytes.count - tagSize)...]
            )
            payload = Array(
                try AES.GCM.open(box, using: keys.envelopeKey(salt: salt), authenticating: Array(name.utf8))
            )
        } catch {
            throw RepositoryError(
                .damaged,
                "Object '\(name)' is damaged or was moved from another name: it fails authentication."
            )
        }
        return try CompressedPayload.unwrap(payload, subject: "Object '\(name)'")
    }
}
