/// A pack that is being filled.
struct OpenPack {
    /// The size at which a pack is closed and uploaded, in bytes.
    static let targetSize = 16 << 20

    let id = PackID()
    private let sealing: PackSealing
    private var bytes: [UInt8]
    private var footer = PackFooter()

    /// - Parameter buffer: The memory of a pack that has been stored, to be used again.
    init(keys: RepositoryKeys, buffer: consuming [UInt8] = []) {
        sealing = PackSealing(id: id, keys: keys)
        bytes = buffer
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(Self.targetSize + (1 << 20))
        bytes += PackFooter.header
    }

    var isEmpty: Bool { footer.blocks.isEmpty }

    var isFull: Bool { bytes.count >= Self.targetSize }

    /// Seals a compressed block at the end of the pack.
    mutating func append(_ payload: [UInt8], of block: RawBlock) throws -> BlockLocation {
        let number = UInt32(footer.blocks.count)
        let offset = bytes.count
        let sealed = try sealing.seal(payload, number: number, kind: block.kind.rawValue)
        bytes.append(contentsOf: sealed.ciphertext)
        bytes.append(contentsOf: sealed.tag)
        let length = UInt32(bytes.count - offset)
        footer.blocks.append(PackFooter.Block(kind: block.kind, storedLength: length, records: block.records))
        return BlockLocation(
            pack: id,
            number: number,
            kind: block.kind,
            offset: UInt64(offset),
            storedLength: length
        )
    }

    /// The ciphertext and tag of a block of this pack.
    func sealedBlock(at location: BlockLocation) -> [UInt8] {
        let start = Int(location.offset)
        return Array(bytes[start..<(start + Int(location.storedLength))])
    }

    /// Ends the pack with its footer.
    consuming func close() throws -> FinishedPack {
        let sealed = try sealing.seal(
            CompressedPayload.wrap(footer.encoded(), level: 3),
            number: PackSealing.footerNumber,
            kind: PackSealing.footerKind
        )
        let start = bytes.count
        bytes.append(contentsOf: sealed.ciphertext)
        bytes.append(contentsOf: sealed.tag)
        var trailer = ByteWriter()
        trailer.write(fixed: UInt32(bytes.count - start))
        trailer.write(fixed: UInt32(0))
        trailer.write(PackFooter.trailerMagic)
        bytes.append(contentsOf: trailer.bytes)
        return FinishedPack(id: id, bytes: bytes)
    }
}

/// A pack ready to be stored.
struct FinishedPack: Sendable {
    let id: PackID
    let bytes: [UInt8]
}
