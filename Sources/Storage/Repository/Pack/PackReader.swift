import ObjectStore

/// A block's records, or why they cannot be read.
typealias OpenedBlock = Result<[UInt8], RepositoryError>

/// Reads blocks and footers of packs.
struct PackReader: Sendable {
    let store: any ObjectStore
    let keys: RepositoryKeys
    var cached: CachedObjects?
    /// Where the blocks of packs are that a prune has written anew.
    var relocations: RelocationTable?

    /// Opens one block that lies in `bytes`, which were read from `start` of its pack on.
    func open(
        _ location: BlockLocation,
        in bytes: [UInt8],
        startingAt start: UInt64
    ) throws(RepositoryError) -> [UInt8] {
        let payload = try payload(of: location, in: bytes, startingAt: start)
        return try CompressedPayload.unwrap(payload, subject: "Block \(location.number) of pack \(location.pack)")
    }

    /// The same, authenticated and not yet expanded.
    func payload(
        of location: BlockLocation,
        in bytes: [UInt8],
        startingAt start: UInt64
    ) throws(RepositoryError) -> [UInt8] {
        guard location.offset >= start else { preconditionFailure("the range read covers the block") }
        let from = Int(location.offset - start)
        guard from + Int(location.storedLength) <= bytes.count else {
            throw RepositoryError(.damaged, "Pack \(location.pack) is damaged: it is shorter than its blocks.")
        }
        return try PackSealing(id: location.pack, keys: keys).open(
            bytes[from..<(from + Int(location.storedLength))],
            number: location.number,
            kind: location.kind.rawValue
        )
    }

    /// Reads one block.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` that names the pack, when the block is not
    ///   what was stored, or is not there any more.
    func read(_ location: BlockLocation) async throws -> [UInt8] {
        try checkLength(of: location)
        if let kept = keptBlock(location) { return kept }
        guard let (_, opened) = try await read(BlockRange(of: location)).first else {
            preconditionFailure("one block was asked for")
        }
        return try opened.get()
    }

    /// A block that is in the cache, and in order there.
    func keptBlock(_ location: BlockLocation) -> [UInt8]? {
        guard let cached, let sealed = cached.sealedBlock(location) else { return nil }
        if let opened = try? open(location, in: sealed, startingAt: location.offset) { return opened }
        cached.forget(location)
        return nil
    }

    /// Reads neighbouring blocks in one request, and those that cannot be read so in one each: what was spoilt on its way,
    /// or in memory, is in order then, and what is spoilt in the store is not.
    ///
    /// - Throws: `ObjectStoreError` when the store fails otherwise than by having lost or damaged the pack.
    func read(_ range: BlockRange) async throws -> [(BlockLocation, OpenedBlock)] { try await read(range, hops: 0) }

    func read(_ range: BlockRange, hops: Int) async throws -> [(BlockLocation, OpenedBlock)] {
        if relocations?.isGone(range.pack) == true { return try await readRelocated(range, hops: hops) }
        let bytes: [UInt8]
        do {
            if range.blocks.count == 1 { try checkLength(of: range.blocks[0]) }
            bytes = try await store.get(range.pack.key, range: .bytes(range.bytes)).bytes
        } catch let error as ObjectStoreError {
            guard damage(of: range.pack, as: error) != nil else { throw error }
            if error.code == .notFound { return try await readRelocated(range, hops: hops) }
            var opened: [(BlockLocation, OpenedBlock)] = []
            for block in range.blocks { opened.append((block, try await readAgain(block, hops: hops))) }
            return opened
        } catch let error as RepositoryError {
            return [(range.blocks[0], .failure(error))]
        }
        var opened: [(BlockLocation, OpenedBlock)] = []
        for block in range.blocks {
            do throws(RepositoryError) {
                let content = try open(block, in: bytes, startingAt: UInt64(range.bytes.lowerBound))
                let start = Int(block.offset) - range.bytes.lowerBound
                cached?.keep(bytes[start..<(start + Int(block.storedLength))], of: block)
                opened.append((block, .success(content)))
            } catch {
                opened.append((block, try await readAgain(block, hops: hops)))
            }
        }
        return opened
    }

    /// Reads a block by itself that could not be read with others.
    ///
    /// - Throws: `ObjectStoreError` when the store fails otherwise than by having lost or damaged the pack.
    func readAgain(_ block: BlockLocation, hops: Int = 0) async throws -> OpenedBlock {
        do {
            try checkLength(of: block)
            let range = BlockRange(of: block)
            let bytes = try await store.get(block.pack.key, range: .bytes(range.bytes)).bytes
            let content = try open(block, in: bytes, startingAt: block.offset)
            cached?.keep(bytes[...], of: block)
            return .success(content)
        } catch let error as RepositoryError {
            return .failure(error)
        } catch let error as ObjectStoreError {
            guard let damage = damage(of: block.pack, as: error) else { throw error }
            if error.code == .notFound, let relocated = try await readRelocated(BlockRange(of: block), hops: hops).first
            {
                return relocated.1
            }
            return .failure(damage)
        }
    }

    /// A manifest that names a longer block than there can be is wrong: nothing is fetched for it.
    private func checkLength(of location: BlockLocation) throws(RepositoryError) {
        guard location.storedLength <= FormatLimits.sealedPayload else {
            throw RepositoryError(
                .damaged,
                "Block \(location.number) of pack \(location.pack) is said to have \(location.storedLength) bytes, more than "
                    + "a block can have. The backup is damaged."
            )
        }
    }

    /// Reads part of a pack.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when the pack is missing, too short or
    ///   damaged; `ObjectStoreError` when the store fails otherwise.
    private func fetch(_ pack: PackID, _ range: ByteRange) async throws -> StoredObject {
        do {
            return try await store.get(pack.key, range: range)
        } catch let error as ObjectStoreError {
            throw damage(of: pack, as: error) ?? error
        }
    }

    /// What an error of the store says of a pack that was read; `nil` when it says nothing of it, but of the store.
    func damage(of pack: PackID, as error: ObjectStoreError) -> RepositoryError? {
        switch error.code {
        case .notFound: .missing(pack, in: store.location)
        case .corrupted: RepositoryError(.damaged, "Pack \(pack) is damaged. \(error.message)")
        case .locationNotFound, .conflict, .accessDenied, .locked, .misconfigured, .unavailable, .full,
            .conditionsUnsupported, .refused:
            nil
        }
    }

    /// Reads the table of contents of a pack: again, where it cannot be read the first time.
    func readFooter(of pack: PackID) async throws -> PackFooter {
        do {
            return try await readFooterOnce(of: pack)
        } catch let error as RepositoryError where error.code == .damaged {
            return try await readFooterOnce(of: pack)
        }
    }

    private func readFooterOnce(of pack: PackID) async throws -> PackFooter {
        let guess = 64 << 10
        let tail = try await fetch(pack, .last(guess))
        let range = try footerRange(of: pack, tail: tail.bytes[...], packSize: tail.totalSizeInBytes)
        let tailStart = tail.totalSizeInBytes - tail.bytes.count
        if range.lowerBound >= tailStart {
            let sealed = tail.bytes[(range.lowerBound - tailStart)..<(range.upperBound - tailStart)]
            return try openFooter(of: pack, sealed, at: range.lowerBound)
        }
        return try openFooter(of: pack, try await fetch(pack, .bytes(range)).bytes[...], at: range.lowerBound)
    }

    /// Where the footer lies, as the last bytes of the pack say.
    func footerRange(
        of pack: PackID,
        tail: ArraySlice<UInt8>,
        packSize: Int
    ) throws(RepositoryError) -> Range<Int> {
        let trailer = tail.suffix(PackFooter.trailerSize)
        guard trailer.count == PackFooter.trailerSize, trailer.dropFirst(4).elementsEqual(PackFooter.trailerEnd) else {
            throw RepositoryError(.damaged, "Pack \(pack) is damaged: it does not end as it must.")
        }
        let length = trailer.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let end = packSize - PackFooter.trailerSize
        guard length <= end - PackFooter.header.count, length <= FormatLimits.sealedPayload else {
            throw RepositoryError(.damaged, "Pack \(pack) is damaged: its footer claims to be longer than the pack.")
        }
        return (end - length)..<end
    }

    /// Opens the sealed footer of a pack.
    ///
    /// - Parameter position: Where it begins in the pack: the blocks that it lists end there.
    func openFooter(
        of pack: PackID,
        _ sealed: ArraySlice<UInt8>,
        at position: Int
    ) throws(RepositoryError) -> PackFooter {
        let payload = try PackSealing(id: pack, keys: keys).open(
            sealed,
            number: PackSealing.footerNumber,
            kind: PackSealing.footerKind
        )
        let bytes = try CompressedPayload.unwrap(payload, subject: "The footer of pack \(pack)")
        let footer = try PackFooter.decode(bytes, pack: pack)
        guard footer.end == UInt64(position) else {
            throw RepositoryError(
                .damaged,
                "Pack \(pack) is damaged: its blocks end at byte \(footer.end), its footer begins at byte \(position)."
            )
        }
        return footer
    }

    /// Reads the first bytes of a pack, again where they are wrong, and sees to it that it begins as every pack does.
    func checkHeader(of pack: PackID) async throws {
        let range = ByteRange.bytes(0..<PackFooter.header.count)
        do {
            try checkHeader(of: pack, try await fetch(pack, range).bytes[...])
        } catch let error as RepositoryError where error.code == .damaged {
            try checkHeader(of: pack, try await fetch(pack, range).bytes[...])
        }
    }

    /// Sees to it that a pack begins as every pack does.
    ///
    /// - Parameter bytes: From its start on.
    func checkHeader(of pack: PackID, _ bytes: ArraySlice<UInt8>) throws(RepositoryError) {
        guard bytes.starts(with: PackFooter.header) else {
            throw RepositoryError(.damaged, "Pack \(pack) is damaged: it does not start as it must.")
        }
    }
}
