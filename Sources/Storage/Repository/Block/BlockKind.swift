/// What the records of a block are.
package enum BlockKind: UInt8, Sendable {
    /// Kubernetes objects.
    case objects = 1
    /// Pages of a paged file.
    case pages = 2
    /// Content-defined chunks.
    case chunks = 3
    /// One page of a manifest.
    case manifest = 4
    /// Nodes of a tree of files: apart from data, so that to compare with a backup reads few blocks.
    case nodes = 5

    /// Of zstd: docs/benchmarks.md has the figures by which that of data was chosen.
    var compressionLevel: Int32 {
        switch self {
        case .objects, .pages, .chunks, .nodes: 2
        // Few bytes, which a backup of many small objects cannot do without.
        case .manifest: 6
        }
    }
}
