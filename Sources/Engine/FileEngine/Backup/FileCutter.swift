import Chunking
import Repository
import Synchronization
import SystemPackage

/// Cuts a large file into chunks, a few at a time; holes are passed over.
final class FileCutter: Sendable {
    private struct State: Sendable {
        var scanner: ChunkScanner
        var chunk: [UInt8] = []
        var chunkStart = 0
        /// Where the next piece is read.
        var position = 0
        /// Where the stretch of data ends that is being read.
        var stretchEnd = 0
        var isBegun = false
        var isAtEnd = false
    }

    /// How much is read at once: what is looked at next is still in the processor's cache.
    private static let pieceSize = 128 << 10
    /// How much is given out at once, at least.
    private static let batchBytes = 1 << 20

    private let found: WalkedNode
    private let file: OpenFile
    private let status: NodeStatus
    private let reader: NodeReader
    private let linked: LinkedFile?
    private let chunker: ContentDefinedChunker
    private let state: Mutex<State>

    /// - Parameter linked: Is told when the file is stored.
    init(
        _ found: WalkedNode,
        _ file: OpenFile,
        _ status: NodeStatus,
        _ linked: LinkedFile?,
        _ reader: NodeReader,
        _ chunker: ContentDefinedChunker
    ) {
        self.found = found
        self.file = file
        self.status = status
        self.linked = linked
        self.reader = reader
        self.chunker = chunker
        state = Mutex(State(scanner: ChunkScanner(chunker)))
    }

    /// The node, then its chunks; `nil` behind the last.
    func next() throws -> [ReadUnit.Outcome]? {
        try state.withLock { state in
            if state.isAtEnd { return nil }
            var outcomes: [ReadUnit.Outcome] = []
            do {
                if !state.isBegun {
                    let node = reader.node(of: file, at: found.path, status)
                    state.isBegun = true
                    outcomes.append(try reader.prepare(node, at: found.path, size: status.size))
                    linked?.store(at: found.path)
                }
                var bytes = 0
                while bytes < Self.batchBytes, let chunk = try nextChunk(&state) {
                    bytes += chunk.length
                    outcomes.append(.data(chunk))
                }
                if bytes < Self.batchBytes {
                    state.isAtEnd = true
                    let after = try file.status()
                    if after.hasOtherData(than: status) {
                        outcomes.append(try reader.mark(found.path, .changed, reason: NodeReader.changedReason))
                    }
                }
            } catch let error as Errno {
                state.isAtEnd = true
                guard state.isBegun else {
                    reader.fail(found, error)
                    return outcomes
                }
                let reason = "it cannot be read to its end: \(error)"
                outcomes.append(try reader.mark(found.path, .incomplete, reason: reason))
            }
            return outcomes
        }
    }

    private func nextChunk(_ state: inout State) throws -> PreparedRecord? {
        while true {
            if state.position >= state.stretchEnd {
                if let last = try takeChunk(&state) { return last }
                guard let stretch = try nextStretch(after: state.position) else {
                    state.position = status.size
                    state.stretchEnd = status.size
                    return nil
                }
                (state.position, state.stretchEnd, state.chunkStart) = (
                    stretch.lowerBound, stretch.upperBound, stretch.lowerBound
                )
                state.scanner = ChunkScanner(chunker)
            }
            let begin = state.chunk.count
            if begin == 0 { state.chunk.reserveCapacity(chunker.sizes.expected * 3 / 2) }
            // No cut comes before the minimum.
            let wanted = max(chunker.sizes.minimum - begin, Self.pieceSize)
            let limit = min(state.stretchEnd - state.position, wanted)
            let count = try file.append(to: &state.chunk, limit: limit, at: state.position)
            if count == 0 {
                // It has become shorter, which its size tells at the end.
                state.position = status.size
                state.stretchEnd = status.size
                continue
            }
            guard let cut = state.scanner.nextCut(in: state.chunk, begin..<(begin + count)) else {
                state.position += count
                continue
            }
            // What lies behind the cut is read again, out of the cache, with the next chunk.
            state.chunk.removeLast(state.chunk.count - cut)
            state.position += cut - begin
            if let chunk = try takeChunk(&state) { return chunk }
        }
    }

    private func nextStretch(after offset: Int) throws(Errno) -> Range<Int>? {
        // Where nothing is left out there are no holes to look for.
        guard status.allocatedSize < status.size else { return offset < status.size ? offset..<status.size : nil }
        return try file.data(after: offset, before: status.size)
    }

    private func takeChunk(_ state: inout State) throws -> PreparedRecord? {
        guard !state.chunk.isEmpty else { return nil }
        let key = found.path.dataKey(offset: state.chunkStart)
        let chunk = state.chunk
        state.chunk = []
        state.chunkStart += chunk.count
        return try reader.manifest.prepare(.data, chunk[...], at: key)
    }
}
