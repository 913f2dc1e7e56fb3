import ObjectStore
import Synchronization

/// The end of the list of a repository's objects, from `root` on, read as the repository is opened: one request says
/// which version the root has, and which backups there are.
///
/// `index/`, `logs/`, `packs/` and `restores/` come before it.
struct OpeningList: Sendable {
    let root: ObjectStat?
    let snapshots: [SnapshotStore.Listed]
    let marks: [PackID: TombstoneStore.Listed]
    /// Before it was read.
    let time: ContinuousClock.Instant

    /// Every key that starts with `restores/` comes before this, and `root` after it.
    private static let start = "restores0"

    init(of store: any ObjectStore) async throws {
        time = .now
        var root: ObjectStat?
        var marks: [PackID: TombstoneStore.Listed] = [:]
        var snapshots: [SnapshotStore.Listed] = []
        try await store.list(prefix: "", after: Self.start) { objects in
            for object in objects {
                if object.key == Repository.rootKey { root = object }
                if let listed = SnapshotStore.Listed(object) { snapshots.append(listed) }
                if let mark = TombstoneStore.Listed(object) { marks[mark.pack] = mark }
            }
        }
        (self.root, self.snapshots, self.marks) = (root, snapshots, marks)
    }
}

/// Versions of snapshots that a listing has told, and the listing itself until it is used.
final class KnownSnapshots: Sendable {
    private struct State {
        var opening: [SnapshotStore.Listed]?
        var openedAt: ContinuousClock.Instant
        var versions: [SnapshotName: VersionTag]?
    }

    /// So long the list counts that was read when the repository was opened.
    private static let lifetime = Duration.seconds(60)

    private let state: Mutex<State>

    init(_ opening: OpeningList? = nil) {
        state = Mutex(State(opening: opening?.snapshots, openedAt: .now))
        if let opening { note(opening.snapshots) }
    }

    /// The list that was read when the repository was opened, unless it was taken, or is older.
    var openingList: [SnapshotStore.Listed]? {
        state.withLock { $0.openedAt.duration(to: .now) < Self.lifetime ? $0.opening : nil }
    }

    /// Gives the same once: who asks again wants to know what has changed.
    func takeOpeningList() -> [SnapshotStore.Listed]? {
        defer { state.withLock { $0.opening = nil } }
        return openingList
    }

    /// Takes a list that was read just now in the place of the one from the opening.
    func offer(_ listed: [SnapshotStore.Listed]) {
        state.withLock { ($0.opening, $0.openedAt) = (listed, .now) }
    }

    func note(_ listed: [SnapshotStore.Listed]) {
        state.withLock { state in
            state.versions = Dictionary(listed.map { ($0.name, $0.stat.version) }, uniquingKeysWith: { $1 })
        }
    }

    func version(of name: SnapshotName) -> VersionTag? { state.withLock { $0.versions?[name] } }

    /// The version of every snapshot, as they were listed last; `nil` when they were not.
    var versions: [SnapshotName: VersionTag]? { state.withLock { $0.versions } }
}
