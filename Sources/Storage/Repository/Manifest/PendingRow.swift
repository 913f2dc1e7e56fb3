/// A row whose block may not have its place yet.
enum PendingRow: Sendable {
    case resolved(ManifestChange)
    case pending(key: ManifestKey, id: RecordID, block: PendingBlock, offset: UInt32, length: UInt32)

    func resolve() async throws -> ManifestChange {
        switch self {
        case .resolved(let change): return change
        case .pending(let key, let id, let block, let offset, let length):
            let location = RecordLocation(block: try await block.location(), offset: offset, length: length)
            return .present(ManifestEntry(key: key, id: id, location: location))
        }
    }
}
