import Crypto

/// How the parts of a pack are encrypted: AES-256-GCM under the pack's own key, with the number and kind of the part as
/// nonce, and with the pack's id beside them as associated data.
struct PackSealing: Sendable {
    static let tagSize = 16
    private static let nonceSize = 12
    /// Number and kind of the footer in nonce and associated data.
    static let footerNumber = UInt32.max
    static let footerKind: UInt8 = 0xFF

    private let id: PackID
    private let key: SymmetricKey

    init(id: PackID, keys: RepositoryKeys) {
        self.id = id
        key = keys.packKey(id)
    }

    private func nonce(number: UInt32, kind: UInt8) throws -> AES.GCM.Nonce {
        var writer = ByteWriter()
        writer.write(fixed: number)
        writer.write(kind)
        writer.write([UInt8](repeating: 0, count: 7))
        return try AES.GCM.Nonce(data: writer.bytes)
    }

    private func associatedData(number: UInt32, kind: UInt8) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Array("kbackup 1 pack ".utf8))
        writer.write(id.bytes)
        writer.write(fixed: number)
        writer.write(kind)
        return writer.bytes
    }

    /// Ciphertext and tag of `payload`.
    func seal(_ payload: [UInt8], number: UInt32, kind: UInt8) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            payload,
            using: key,
            nonce: nonce(number: number, kind: kind),
            authenticating: associatedData(number: number, kind: kind)
        )
        guard let combined = box.combined else { preconditionFailure("the nonce has the usual size") }
        return Array(combined.dropFirst(Self.nonceSize))
    }

    func open(_ sealed: ArraySlice<UInt8>, number: UInt32, kind: UInt8) throws(RepositoryError) -> [UInt8] {
        let damaged = RepositoryError(
            .damaged,
            "Pack \(id) is damaged: \(kind == Self.footerKind ? "its footer" : "block \(number)") fails authentication."
        )
        guard sealed.count >= Self.tagSize else { throw damaged }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: nonce(number: number, kind: kind),
                ciphertext: sealed.dropLast(Self.tagSize),
                tag: sealed.suffix(Self.tagSize)
            )
            return Array(
                try AES.GCM.open(box, using: key, authenticating: associatedData(number: number, kind: kind))
            )
        } catch {
            throw damaged
        }
    }
}
