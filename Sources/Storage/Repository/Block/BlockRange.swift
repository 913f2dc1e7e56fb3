/// Blocks of one pack that are read in one request.
struct BlockRange: Sendable {
    let pack: PackID
    /// In the order of their offsets.
    private(set) var blocks: [BlockLocation]
    private(set) var bytes: Range<Int>

    /// One block.
    init(of block: BlockLocation) {
        pack = block.pack
        blocks = [block]
        bytes = Int(block.offset)..<(Int(block.offset) + Int(block.storedLength))
    }

    /// Reading so many unwanted bytes costs less than another request.
    private static let largestGap = 128 << 10
    private static let largestRange = 8 << 20

    /// The fewest requests that read `blocks`.
    static func covering(_ blocks: Set<BlockLocation>) -> [BlockRange] {
        var ranges: [BlockRange] = []
        let sorted = blocks.sorted { left, right in
            left.pack == right.pack ? left.offset < right.offset : left.pack < right.pack
        }
        for block in sorted {
            let start = Int(block.offset)
            let end = start + Int(block.storedLength)
            if let last = ranges.last, last.pack == block.pack, start - last.bytes.upperBound <= largestGap,
                end - last.bytes.lowerBound <= largestRange
            {
                ranges[ranges.count - 1].blocks.append(block)
                ranges[ranges.count - 1].bytes = last.bytes.lowerBound..<max(end, last.bytes.upperBound)
            } else {
                ranges.append(BlockRange(of: block))
            }
        }
        return ranges
    }
}
