import Concurrency
import ObjectStore
import Synchronization

/// Takes blocks in, and stores them as packs: compresses on every core, fills one pack at a time, and uploads finished
/// packs while the next is filled.
///
/// Both queues are bounded, so a slow store slows the source down.
final class PackPipeline: Sendable {
    private let store: any ObjectStore
    private let keys: RepositoryKeys
    private let chunkIndex: ChunkIndex?
    private let cached: CachedObjects?
    private let packsOfSegment: Int
    private let blocks = BoundedChannel<RawBlock>(capacity: 4)
    private let packs = BoundedChannel<FinishedPack>(capacity: packsInMemory)
    /// One for each pack in memory, filled or being filled; who opens another one waits.
    private let room = BoundedChannel<Void>(capacity: packsInMemory)
    let state: Mutex<State>

    struct State {
        var open: OpenPack
        /// Packs that have no room any more, and wait for blocks that are being sealed.
        var draining: [PackID: OpenPack] = [:]
        /// Blocks that somebody may be waiting for.
        var pending: [ObjectIdentifier: PendingBlock] = [:]
        var statistics = WriteStatistics()
        var stored: [PackID] = []
        /// Of each of these packs, in bytes.
        var storedSizes: [Int] = []
        /// Packs that are full, and not stored yet.
        var full: [PackID: [UInt8]] = [:]
        var failure: (any Error)?
        /// The memory of stored packs, for the next ones.
        var spareBuffers: [[UInt8]] = []

        /// The pack with an id, while it is being filled.
        func pack(_ id: PackID) -> OpenPack? { open.id == id ? open : draining[id] }
    }

    /// After so many packs, the index of their chunks is stored: a backup that is cut off later need not store them again.
    static let packsOfSegment = 64
    private static let compressors = 2
    private static let uploaders = 2
    /// One that is filled, and those that are stored.
    private static let packsInMemory = uploaders + 1

    init(
        store: any ObjectStore,
        keys: RepositoryKeys,
        chunkIndex: ChunkIndex?,
        cached: CachedObjects?,
        packsOfSegment: Int = PackPipeline.packsOfSegment
    ) {
        self.packsOfSegment = packsOfSegment
        self.chunkIndex = chunkIndex
        self.cached = cached
        self.store = store
        self.keys = keys
        state = Mutex(State(open: OpenPack(keys: keys)))
    }

    /// Runs `body`, stores every block that it submits, and returns once all of them are stored.
    func run<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await room.send(())
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.uploaders {
                group.addTask { try await self.failing { try await self.upload() } }
            }
            group.addTask {
                try await self.failing {
                    try await withThrowingTaskGroup(of: Void.self) { compressors in
                        for _ in 0..<Self.compressors { compressors.addTask { try await self.compress() } }
                        try await compressors.waitForAll()
                    }
                    try await self.closeOpenPack()
                    self.packs.finish()
                }
            }
            let result: Result
            do {
                result = try await body()
            } catch {
                fail(error)
                group.cancelAll()
                // The first failure is the cause; what follows from it is noise.
                throw state.withLock { $0.failure } ?? error
            }
            blocks.finish()
            try await group.waitForAll()
            try await storeIndex()
            return result
        }
    }

    /// Tells later backups of the chunks in the packs that are stored.
    private func storeIndex() async throws {
        guard let written = try await chunkIndex?.store(packs: Set(storedPacks)) else { return }
        state.withLock { state in
            state.statistics.storedBytes += written.bytes
            state.statistics.storedObjects += written.objects
        }
    }

    /// Queues a block; its location comes through ``RawBlock/pending``.
    func submit(_ block: RawBlock) async throws {
        let failure = state.withLock { state in
            state.pending[ObjectIdentifier(block.pending)] = block.pending
            return state.failure
        }
        if let failure { throw failure }
        try await blocks.send(block)
    }

    /// Reads back a block that has its place: out of a pack in memory, or out of the store.
    func read(_ location: BlockLocation) async throws -> [UInt8] {
        let reader = PackReader(store: store, keys: keys)
        let sealed: [UInt8]? = state.withLock { state in
            if let pack = state.pack(location.pack) { return pack.sealedBlock(at: location) }
            let start = Int(location.offset)
            return state.full[location.pack].map { Array($0[start..<(start + Int(location.storedLength))]) }
        }
        guard let sealed else { return try await reader.read(location) }
        return try reader.open(location, in: sealed, startingAt: location.offset)
    }

    private func failing(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch {
            fail(error)
            throw state.withLock { $0.failure } ?? error
        }
    }

    private func fail(_ error: any Error) {
        let pending = state.withLock { state in
            if state.failure == nil { state.failure = error }
            defer { state.pending.removeAll() }
            return Array(state.pending.values)
        }
        blocks.fail(error)
        packs.fail(error)
        room.fail(error)
        for block in pending { block.resolve(.failure(error)) }
    }

    @concurrent
    private func compress() async throws {
        while let block = try await blocks.receive() {
            let payload = block.payload ?? CompressedPayload.wrap(block.bytes, level: block.kind.compressionLevel)
            let place = try await reserve(payload.count + PackSealing.tagSize)
            let sealed = try place.sealing.seal(payload, number: place.number, kind: block.kind.rawValue)
            let placed = try state.withLock { try self.place(sealed, of: block, at: place, &$0) }
            for (block, location) in placed.blocks {
                // The next backup builds on these pages.
                if let page = placed.pages[location] { cached?.keep(page[...], of: location) }
                if block.kind == .chunks { chunkIndex?.place(block, at: location) }
                block.pending.resolve(.success(location))
            }
            if let finished = placed.finished { try await packs.send(finished) }
        }
    }

    private struct Place {
        let pack: PackID
        let sealing: PackSealing
        let number: UInt32

        init?(in open: OpenPack, for size: Int) {
            guard let number = open.reserve(size) else { return nil }
            (pack, sealing, self.number) = (open.id, open.sealing, number)
        }
    }

    private func reserve(_ size: Int) async throws -> Place {
        if let place = state.withLock({ Place(in: $0.open, for: size) }) { return place }
        try await room.send(())
        var isOpened = false
        var finished: FinishedPack?
        let place = try state.withLock { state in
            // Meanwhile somebody else may have opened a pack.
            if let place = Place(in: state.open, for: size) { return place }
            let full = state.open
            state.open = OpenPack(keys: keys, buffer: state.spareBuffers.popLast() ?? [])
            isOpened = true
            if full.isWhole { finished = try Self.close(full, &state) } else { state.draining[full.id] = full }
            guard let place = Place(in: state.open, for: size) else {
                preconditionFailure("an empty pack takes any block")
            }
            return place
        }
        if !isOpened { _ = try await room.receive() }
        if let finished { try await packs.send(finished) }
        return place
    }

    private struct Placed {
        var blocks: [(RawBlock, BlockLocation)]
        /// Pages of manifests, as they are stored.
        var pages: [BlockLocation: [UInt8]] = [:]
        var finished: FinishedPack?
    }

    private func place(
        _ sealed: [UInt8],
        of block: RawBlock,
        at place: Place,
        _ state: inout State
    ) throws -> Placed {
        guard let pack = state.pack(place.pack) else { preconditionFailure("a pack is kept until it is whole") }
        var placed = Placed(blocks: pack.place(sealed, of: block, number: place.number))
        for (block, location) in placed.blocks {
            state.pending[ObjectIdentifier(block.pending)] = nil
            state.statistics.add(block)
            if cached != nil, block.kind == .manifest { placed.pages[location] = pack.sealedBlock(at: location) }
        }
        if pack.isWhole, state.draining.removeValue(forKey: pack.id) != nil {
            placed.finished = try Self.close(pack, &state)
        }
        return placed
    }

    private static func close(_ pack: OpenPack, _ state: inout State) throws -> FinishedPack {
        let finished = try pack.close()
        state.full[pack.id] = finished.bytes
        return finished
    }

    private func closeOpenPack() async throws {
        let last = try state.withLock { state in
            precondition(state.draining.isEmpty, "a pack is closed with its last block")
            return try state.open.isEmpty ? nil : Self.close(state.open, &state)
        }
        if let last { try await packs.send(last) }
    }

    @concurrent
    private func upload() async throws {
        while var pack = try await packs.receive() {
            try await store.put(pack.bytes, at: pack.id.key, if: .absent)
            let isDue = state.withLock { state in
                state.full[pack.id] = nil
                state.stored.append(pack.id)
                state.storedSizes.append(pack.bytes.count)
                state.statistics.storedBytes += pack.bytes.count
                state.statistics.storedObjects += 1
                state.spareBuffers.append(pack.takeBytes())
                return state.stored.count.isMultiple(of: packsOfSegment)
            }
            _ = try await room.receive()
            if isDue { try await storeIndex() }
        }
    }
}
