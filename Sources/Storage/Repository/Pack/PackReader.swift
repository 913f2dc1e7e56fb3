import ObjectStore

/// Reads blocks and footers of packs.
struct PackReader: Sendable {
    let store: any ObjectStore
    let keys: RepositoryKeys

    /// Opens one block that lies in `bytes`, which were read from `start` of its pack on.
    func open(_ location: BlockLocation, in bytes: [UInt8], startingAt start: UInt64) throws -> [UInt8] {
        guard location.offset >= start else { preconditionFailure("the range read covers the block") }
        let from = Int(location.offset - start)
        guard from + Int(location.storedLength) <= bytes.count else {
            throw RepositoryError(.damaged, "Pack \(location.pack) is damaged: it is shorter than its blocks.")
        }
        let payload = try PackSealing(id: location.pack, keys: keys).open(
            bytes[from..<(from + Int(location.storedLength))],
            number: location.number,
            kind: location.kind.rawValue
        )
        return try CompressedPayload.unwrap(payload, subject: "Block \(location.number) of pack \(location.pack)")
    }

    /// Reads one block.
    func read(_ location: BlockLocation) async throws -> [UInt8] {
        let start = Int(location.offset)
        let object = try await store.get(
            location.pack.key,
            range: .bytes(start..<(start + Int(location.storedLength)))
        )
        return try open(location, in: object.bytes, startingAt: location.offset)
    }

    /// Reads the table of contents of a pack.
    func readFooter(of pack: PackID) async throws -> PackFooter {
        let guess = 64 << 10
        let tail = try await store.get(pack.key, range: .last(guess))
        guard tail.bytes.count >= PackFooter.trailerSize, tail.bytes.suffix(8).elementsEqual(PackFooter.trailerMagic)
        else {
            throw RepositoryError(.damaged, "Pack \(pack) is damaged: it does not end as it must.")
        }
        let length = tail.bytes.suffix(PackFooter.trailerSize).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let end = tail.totalSizeInBytes - PackFooter.trailerSize
        guard length <= end - PackFooter.header.count, length <= CompressedPayload.maximumExpandedSize else {
            throw RepositoryError(.damaged, "Pack \(pack) is damaged: its footer claims to be longer than the pack.")
        }
        let sealed: ArraySlice<UInt8>
        if length + PackFooter.trailerSize <= tail.bytes.count {
            sealed = tail.bytes.dropLast(PackFooter.trailerSize).suffix(length)
        } else {
            sealed = try await store.get(pack.key, range: .bytes((end - length)..<end)).bytes[...]
        }
        let payload = try PackSealing(id: pack, keys: keys).open(
            sealed,
            number: PackSealing.footerNumber,
            kind: PackSealing.footerKind
        )
        let bytes = try CompressedPayload.unwrap(payload, subject: "The footer of pack \(pack)")
        return try PackFooter.decode(bytes, pack: pack)
    }
}
