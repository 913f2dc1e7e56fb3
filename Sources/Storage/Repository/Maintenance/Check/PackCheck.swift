import ObjectStore

/// The check of one pack: of its footer against what backups refer to, and of its data.
///
/// Nothing is found damaged that was read only once.
struct PackCheck: Sendable {
    struct Finding: Sendable {
        var damage = DamageMap()
        var messages: [String] = []
        /// Whether the pack has chunks, or has no table of contents that could tell.
        var mayHoldChunks = true
        var blocksRead = 0
        var bytesRead = 0
    }

    private let pack: ListedPack
    private let live: LiveData.Blocks
    private let reader: PackReader
    private var finding = Finding()

    /// A pack that is no longer than this is read in one request.
    private static let wholePack = 32 << 20

    /// - Parameter live: What backups refer to in the pack.
    init(_ pack: ListedPack, live: LiveData.Blocks, reader: PackReader) {
        self.pack = pack
        self.live = live
        self.reader = reader
    }

    /// - Parameter readsData: Whether every block is read and verified.
    consuming func run(readsData: Bool) async throws -> Finding {
        let bytes = readsData ? try await readWhole() : nil
        let footer = try await footer(in: bytes)
        let locations = footer?.locations(in: pack.id) ?? []
        if let footer {
            finding.mayHoldChunks = footer.blocks.contains { $0.kind == .chunks }
            checkReferences(to: footer, locations)
        } else {
            for block in live.keys where block.offset + UInt64(block.storedLength) > UInt64(pack.sizeInBytes) {
                lose(block, "block \(block.number) lies beyond its end")
            }
        }
        guard readsData else { return finding }
        try await checkHeader(in: bytes)
        // Without a footer, what backups refer to is all that is known.
        let blocks = footer == nil ? live.keys.sorted { $0.offset < $1.offset } : locations
        if let bytes {
            for block in blocks {
                let opened = OpenedBlock { () throws(RepositoryError) in
                    try reader.open(block, in: bytes, startingAt: 0)
                }
                if isInOrder(block, of: footer, opened) {
                    finding.blocksRead += 1
                } else {
                    check(block, of: footer, try await reader.readAgain(block))
                }
            }
            finding.bytesRead += bytes.count
        } else {
            for range in BlockRange.covering(Set(blocks)) {
                for (block, opened) in try await reader.read(range) { check(block, of: footer, opened) }
                finding.bytesRead += range.bytes.count
            }
        }
        return finding
    }

    private mutating func lose(_ block: BlockLocation, _ message: String) {
        finding.messages.append(message)
        finding.damage.insert(block)
    }

    /// - Returns: `nil` when the pack is too long for it, or cannot be read as a whole.
    private func readWhole() async throws -> [UInt8]? {
        guard pack.sizeInBytes <= Self.wholePack else { return nil }
        do {
            return try await reader.store.get(pack.id.key, limit: Self.wholePack)
        } catch let error as ObjectStoreError where reader.damage(of: pack.id, as: error) != nil {
            return nil
        }
    }

    private mutating func checkHeader(in bytes: [UInt8]?) async throws {
        do {
            if let bytes, (try? reader.checkHeader(of: pack.id, bytes[...])) != nil { return }
            try await reader.checkHeader(of: pack.id)
        } catch let error as RepositoryError where error.code == .damaged {
            finding.messages.append(error.message)
        }
    }

    /// - Returns: `nil` when it is damaged, which is taken note of.
    private mutating func footer(in bytes: [UInt8]?) async throws -> PackFooter? {
        do {
            if let bytes, let footer = try? footer(of: bytes) { return footer }
            return try await reader.readFooter(of: pack.id)
        } catch let error as RepositoryError where error.code == .damaged {
            finding.messages.append(error.message)
            return nil
        }
    }

    private func footer(of bytes: [UInt8]) throws(RepositoryError) -> PackFooter {
        let range = try reader.footerRange(of: pack.id, tail: bytes[...], packSize: bytes.count)
        return try reader.openFooter(of: pack.id, bytes[range], at: range.lowerBound)
    }

    /// Compares what backups refer to with what the pack says that it holds.
    private mutating func checkReferences(to footer: PackFooter, _ locations: [BlockLocation]) {
        for (block, records) in live {
            guard Int(block.number) < locations.count, locations[Int(block.number)] == block else {
                lose(block, "block \(block.number) is not where a backup has it")
                continue
            }
            if block.kind == .manifest { continue }
            let stored = footer.blocks[Int(block.number)].records
            var place = 0
            var offset = 0
            for record in records {
                while place < stored.count, offset < Int(record.offset) {
                    offset += stored[place].length
                    place += 1
                }
                // Records without bytes share their offset with the next.
                var twin = place
                var isThere = false
                while !isThere, twin < stored.count, offset == Int(record.offset) {
                    isThere =
                        stored[twin].length == Int(record.length)
                        && UInt32(truncatingIfNeeded: stored[twin].id.low) == record.check
                    if stored[twin].length > 0 { break }
                    twin += 1
                }
                if !isThere {
                    finding.messages.append("block \(block.number) lacks a record that a backup has there")
                    finding.damage.insert(
                        RecordLocation(block: block, offset: record.offset, length: record.length)
                    )
                }
            }
        }
    }

    /// Verifies a block: its tag, and that each record is the one that the footer names.
    private mutating func check(_ block: BlockLocation, of footer: PackFooter?, _ opened: OpenedBlock) {
        finding.blocksRead += 1
        do throws(RepositoryError) {
            try verify(block, of: footer, try opened.get())
        } catch {
            finding.messages.append(error.message)
            if live[block] != nil { finding.damage.insert(block) }
        }
    }

    private func isInOrder(_ block: BlockLocation, of footer: PackFooter?, _ opened: OpenedBlock) -> Bool {
        (try? verify(block, of: footer, try opened.get())) != nil
    }

    private func verify(_ block: BlockLocation, of footer: PackFooter?, _ bytes: [UInt8]) throws(RepositoryError) {
        if block.kind == .manifest {
            _ = try ManifestPage.decode(bytes, subject: "Block \(block.number), a manifest page,")
            return
        }
        guard let records = footer?.blocks[Int(block.number)].records else { return }
        var offset = 0
        for record in records {
            let end = offset + record.length
            guard end <= bytes.count, RecordID(of: bytes[offset..<end], keys: reader.keys) == record.id else {
                throw RepositoryError(
                    .damaged,
                    "Block \(block.number) of pack \(block.pack) holds other records than its footer says."
                )
            }
            offset = end
        }
        guard offset == bytes.count else {
            throw RepositoryError(
                .damaged,
                "Block \(block.number) of pack \(block.pack) holds more than the records that its footer names."
            )
        }
    }
}
