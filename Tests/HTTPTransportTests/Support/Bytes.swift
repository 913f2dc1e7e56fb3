import Synchronization

/// Bytes that differ from their neighbours far and near.
func pattern(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        for index in 0..<count {
            if index % 8 == 0 { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
            unsafe buffer[index] = UInt8(truncatingIfNeeded: state >> UInt64(8 * (index % 8)))
        }
        filled = count
    }
}

/// The source of a streamed body: some bytes in pieces.
final class ChunkSource: Sendable {
    private let rest: Mutex<ArraySlice<UInt8>>
    private let size: Int
    private let pulls = Atomic(0)

    init(_ bytes: [UInt8], size: Int) {
        rest = Mutex(bytes[...])
        self.size = size
    }

    /// How often a piece was asked for.
    var pullCount: Int { pulls.load(ordering: .acquiring) }

    func next() -> [UInt8]? {
        pulls.add(1, ordering: .acquiringAndReleasing)
        return rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            return piece
        }
    }
}

func chunks(of bytes: [UInt8], size: Int) -> @Sendable () async throws -> [UInt8]? {
    let source = ChunkSource(bytes, size: size)
    return { source.next() }
}
