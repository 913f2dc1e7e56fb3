/// What a check of a repository found.
package struct CheckReport: Sendable {
    /// An object of the store that is not what it was, or not there.
    package struct Damage: Sendable, Hashable {
        /// Its key.
        package let object: String
        package let message: String
    }

    /// A backup that has lost something.
    package struct HarmedBackup: Sendable, Hashable {
        package let name: SnapshotName
        /// Why nothing of it can be read; `nil` when only some of it is lost.
        package var reason: String?
        /// Keys whose records are lost, or may be those of an earlier backup.
        package var lostRecords = 0
        /// Rows of pages that are lost: which keys they had is not known.
        package var lostRows = 0
        /// The first of what is lost, in words: at most ``mostExamples``.
        package var examples: [String] = []

        package static let mostExamples = 100

        mutating func add(_ loss: ManifestDamage, kind: SnapshotContent.Kind) {
            switch loss {
            case .record, .doubtful: lostRecords += 1
            case .page(_, let rowCount): lostRows += rowCount
            }
            if examples.count < Self.mostExamples { examples.append(loss.text(kind: kind)) }
        }
    }

    package var backups = 0
    package var manifestPages = 0
    package var packs = 0
    package var packBytes = 0
    package var indexSegments = 0
    /// What says where the blocks of packs are that were written anew.
    package var relocations = 0
    package var restoreReports = 0
    /// Of the packs whose data was read.
    package var packsRead = 0
    package var blocksRead = 0
    package var bytesRead = 0
    /// Packs that no backup refers to.
    package var unreferencedPacks = 0
    /// The first damage that was found, in no particular order: at most ``mostDamages``.
    package private(set) var damages: [Damage] = []
    package private(set) var damageCount = 0
    /// Of ``damages``: several parts of a check may come upon one.
    private var known: Set<Damage> = []
    package var harmed: [HarmedBackup] = []

    package static let mostDamages = 1000

    package init() {}

    package var isSound: Bool { damageCount == 0 && harmed.isEmpty }

    mutating func add(_ damage: Damage) {
        if known.contains(damage) { return }
        damageCount += 1
        guard damages.count < Self.mostDamages else { return }
        known.insert(damage)
        damages.append(damage)
    }
}

extension ManifestDamage {
    /// What is lost, in words: `apps/deployments/shop/web`, `page 7`.
    package func text(kind: SnapshotContent.Kind) -> String {
        func name(_ key: ManifestKey) -> String {
            switch kind {
            case .objects: String(decoding: key, as: UTF8.self)
            case .pagedFile: key.number.map { "page \($0)" } ?? key.hexadecimal
            case .files: key.filePath
            case .stream: key.number.map { "the chunk at byte \($0)" } ?? key.hexadecimal
            }
        }
        switch self {
        case .record(let entry): return name(entry.key)
        case .doubtful(let entry): return "\(name(entry.key)) (what is left may be of an earlier backup)"
        case .page(let range, let rowCount):
            let end = range.end.map { " up to '\(name($0))'" } ?? ""
            return "\(rowCount) entries from '\(name(range.start))'\(end)"
        }
    }
}
