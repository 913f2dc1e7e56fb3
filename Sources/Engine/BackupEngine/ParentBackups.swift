import ObjectStore
import Repository

/// The earlier backups that a new one builds on.
struct ParentBackups: Sendable {
    /// How much an earlier backup of objects has in common with a new one; more is greater.
    enum Kinship: Int, Comparable {
        case otherSelection
        /// It took everything, so that it holds whatever a selection takes.
        case takesAll
        /// The same selection, but something is missing in it.
        case partial
        case sameSelection

        static func < (left: Kinship, right: Kinship) -> Bool { left.rawValue < right.rawValue }
    }

    /// The newest with objects among those that have most in common with the new backup.
    var objects: (name: SnapshotName, manifest: Manifest, kinship: Kinship)?
    /// The newest with the database of the same etcd cluster.
    var database: (name: SnapshotName, content: SnapshotContent)?

    /// Packs that turned out to be damaged.
    private(set) var distrusted: Set<PackID> = []

    /// With more damaged packs than this, no earlier backup is built on.
    private static let mostDistrusted = 3

    init() {}

    /// Gives up what turned out to be damaged, for the next try.
    ///
    /// - Returns: What is to be told of it; `nil` when the next try would fail as this one did.
    mutating func giveUp(after error: DamagedParentError) -> [String]? {
        var name: String?
        switch error.manifest {
        case .objects:
            name = objects?.name.name
            objects = nil
        case .pagedFile:
            name = database?.name.name
            database = nil
        case .stream, .files, nil: break
        }
        let isNews = distrusted.insert(error.pack).inserted
        distrusted.formUnion(error.more)
        if let name {
            return ["Backup '\(name)' cannot be built on, so that everything is written again: \(error)"]
        }
        guard isNews, distrusted.count > Self.mostDistrusted else { return isNews ? [] : nil }
        // Where so much is damaged, more will be: better one full backup than many tries.
        (objects, database) = (nil, nil)
        return [
            "\(distrusted.count) packs of earlier backups turned out to be damaged, so that everything is written again."
        ]
    }
}
