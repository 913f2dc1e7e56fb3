/// What cannot be read, as far as backups refer to it.
struct DamageMap: Sendable {
    private var blocks: Set<BlockLocation> = []
    private var records: Set<RecordLocation> = []

    var isEmpty: Bool { blocks.isEmpty && records.isEmpty }

    mutating func insert(_ block: BlockLocation) { blocks.insert(block) }

    mutating func insert(_ record: RecordLocation) { records.insert(record) }

    mutating func formUnion(_ other: DamageMap) {
        blocks.formUnion(other.blocks)
        records.formUnion(other.records)
    }

    func isLost(_ block: BlockLocation) -> Bool { blocks.contains(block) }

    func isLost(_ record: RecordLocation) -> Bool { blocks.contains(record.block) || records.contains(record) }
}

/// Walks over the entries of a manifest in the order of their keys, and tells which of them are lost.
struct LossWalk {
    enum Step {
        case entry(ManifestEntry)
        case loss(ManifestDamage)
    }

    private var walk: ManifestWalk
    private let damage: DamageMap

    /// - Parameter damage: Records that cannot be read. Pages that cannot be read are found anew.
    init(_ reader: ManifestReader, _ damage: DamageMap) async throws {
        walk = try await reader.walk(prefix: [])
        self.damage = damage
    }

    /// The next step; `nil` behind the last one.
    mutating func next() async throws -> Step? {
        switch try await walk.next(where: { _ in true }) {
        case .entry(let entry)?: damage.isLost(entry.location) ? .loss(.record(entry)) : .entry(entry)
        case .damage(let loss, _)?: .loss(loss)
        case nil: nil
        }
    }
}
