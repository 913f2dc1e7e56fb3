import KubernetesModel
import Repository
import Synchronization

/// Books as failed what of the backup cannot be read: each object and each range once, however often it is met.
final class LostObjects: Sendable {
    private let ledger: RestoreLedger
    private let booked = Mutex<(damages: Set<StoredObjects.Damage>, objects: Int)>(([], 0))

    init(_ ledger: RestoreLedger) { self.ledger = ledger }

    /// How many failures were booked.
    var count: Int { booked.withLock { $0.objects } }

    /// - Parameters:
    ///   - resource: Of which objects were to be read.
    ///   - isCertain: Whether it is known that the restore wants what is lost.
    func book(
        _ damage: StoredObjects.Damage,
        _ error: RepositoryError,
        of resource: GroupResource,
        isCertain: Bool = true
    ) {
        let isNew = booked.withLock { booked in
            guard booked.damages.insert(damage).inserted else { return false }
            booked.objects += damage.entries
            return true
        }
        guard isNew else { return }
        let doubt = isCertain ? "" : " Whether what is restored needs it cannot be told."
        ledger.book(
            .failed("\(error.message) \(damage.meaning)\(doubt)"),
            damage.key?.groupResource ?? resource,
            subject: damage.subject,
            objects: damage.entries
        )
    }
}

extension StoredObjects.Damage {
    fileprivate var entries: Int {
        if case .range(_, let entries) = self { entries } else { 1 }
    }

    fileprivate var subject: String {
        switch self {
        case .object(let key), .doubtful(let key): return key.description
        case .range(let range, let entries):
            let start = StoredObjectKey(bytes: range.start)?.description ?? "the start"
            let end = range.end.map { StoredObjectKey(bytes: $0)?.description ?? "the end" } ?? "the end"
            return "\(start) to \(end) (up to \(entries) objects)"
        }
    }

    /// What the damage means for the restore.
    fileprivate var meaning: String {
        switch self {
        case .object: "It was not restored."
        case .doubtful:
            "A newer version of it may be lost by that, so it was not restored. An earlier backup may have it whole."
        case .range:
            "The names of the objects in between are lost, and what is not named otherwise in this report was not restored."
        }
    }
}
