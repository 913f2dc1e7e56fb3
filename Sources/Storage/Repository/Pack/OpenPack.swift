/// A pack that is being filled, by several tasks at once: each reserves the next place, seals its block elsewhere, and puts
/// it in.
///
/// Not safe by itself: ``PackPipeline`` holds its lock around every call, but not while a block is sealed.
final class OpenPack {
    /// What a pack does not grow beyond, in bytes without its footer.
    static let targetSize = 16 << 20
    /// Room for the footer of all but unusual packs, in bytes.
    private static let footerRoom = 256 << 10

    let id = PackID()
    let sealing: PackSealing
    private var bytes: [UInt8]
    private var footer = PackFooter()
    private var reservedCount: UInt32 = 0
    private var reservedSize = PackFooter.header.count
    /// Sealed blocks that have one with a lower number to wait for.
    private var early: [UInt32: (sealed: [UInt8], block: RawBlock)] = [:]

    /// - Parameter buffer: The memory of a pack that has been stored, to be used again.
    init(keys: RepositoryKeys, buffer: consuming [UInt8] = []) {
        sealing = PackSealing(id: id, keys: keys)
        bytes = buffer
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(Self.targetSize + Self.footerRoom)
        bytes += PackFooter.header
    }

    var isEmpty: Bool { reservedCount == 0 }

    /// Whether every block that has a place is in it.
    var isWhole: Bool { footer.blocks.count == Int(reservedCount) }

    /// The number of the next block; `nil` when the pack has no room for one of so many bytes as it is sealed.
    func reserve(_ size: Int) -> UInt32? {
        guard isEmpty || reservedSize + size <= Self.targetSize else { return nil }
        defer { reservedCount += 1 }
        reservedSize += size
        return reservedCount
    }

    /// Puts a sealed block in its place.
    ///
    /// - Returns: The blocks that are in the pack by it: none while one with a lower number is missing.
    func place(_ sealed: [UInt8], of block: RawBlock, number: UInt32) -> [(RawBlock, BlockLocation)] {
        early[number] = (sealed, block)
        var placed: [(RawBlock, BlockLocation)] = []
        while let (sealed, block) = early.removeValue(forKey: UInt32(footer.blocks.count)) {
            placed.append((block, append(sealed, of: block)))
        }
        return placed
    }

    private func append(_ sealed: [UInt8], of block: RawBlock) -> BlockLocation {
        let location = BlockLocation(
            pack: id,
            number: UInt32(footer.blocks.count),
            kind: block.kind,
            offset: UInt64(bytes.count),
            storedLength: UInt32(sealed.count)
        )
        bytes.append(contentsOf: sealed)
        footer.blocks.append(
            PackFooter.Block(kind: block.kind, storedLength: location.storedLength, records: block.records)
        )
        return location
    }

    /// The ciphertext and tag of a block of this pack.
    func sealedBlock(at location: BlockLocation) -> [UInt8] {
        let start = Int(location.offset)
        return Array(bytes[start..<(start + Int(location.storedLength))])
    }

    /// Ends the pack with its footer; nothing is left to do with it afterwards.
    func close() throws -> FinishedPack {
        precondition(isWhole, "every block is in its place")
        var whole: [UInt8] = []
        swap(&whole, &bytes)
        let sealed = try sealing.seal(
            CompressedPayload.wrap(footer.encoded(), level: 3),
            number: PackSealing.footerNumber,
            kind: PackSealing.footerKind
        )
        whole += sealed
        var trailer = ByteWriter()
        trailer.write(fixed: UInt32(sealed.count))
        trailer.write(PackFooter.trailerEnd)
        whole += trailer.bytes
        return FinishedPack(id: id, bytes: whole)
    }
}

/// A pack ready to be stored.
struct FinishedPack: Sendable {
    let id: PackID
    private(set) var bytes: [UInt8]

    /// Gives the memory away.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
