import Concurrency
import KubeAPI
import KubernetesModel
import Repository

extension RestoreRun {
    /// Attaches objects to owners that have come since.
    ///
    /// - Parameter owners: The resources of the owners.
    func attach(waitingFor owners: [GroupResource]) async throws {
        try await attach(context.pending.take(waitingFor: owners), isLast: false, mayWait: true)
    }

    /// Attaches whatever is left, when no further owners come.
    func attachAll() async throws {
        var backoff = RestoreBackoff(context.time)
        var mayWait = true
        while true {
            try await attach(context.pending.take(waitingFor: nil), isLast: true, mayWait: mayWait)
            guard mayWait, !context.pending.isEmpty else { return }
            mayWait = try await backoff.pause(attempts: 8)
        }
    }

    /// - Parameters:
    ///   - isLast: Whether owners that are still not there will not come.
    ///   - mayWait: Whether what the cluster does not take now is tried again.
    private func attach(
        _ waiting: [GroupResource: Set<StoredObjectKey>],
        isLast: Bool,
        mayWait: Bool
    ) async throws {
        for (resource, keys) in waiting.sorted(by: { $0.key < $1.key }) {
            var unread = keys
            var causes: [StoredObjectKey: String] = [:]
            var rangeCause = ""
            let onDamage = { (damage: StoredObjects.Damage, error: RepositoryError) in
                if let key = damage.key { causes[key] = error.message } else { rangeCause = error.message }
            }
            try await objects.forEach(of: resource, where: { keys.contains($0) }, onDamage: onDamage) { key, record in
                unread.remove(key)
                try await attach(key, record, isLast: isLast, mayWait: mayWait)
            }
            for key in unread {
                // It counts as restored already: this is one failure more, but not one object more.
                context.ledger.book(
                    .failed("It was restored, but without its references to owners. \(causes[key] ?? rangeCause)"),
                    resource,
                    subject: restorer.subject(key),
                    objects: 0
                )
            }
        }
    }

    private func attach(
        _ key: StoredObjectKey,
        _ record: ArraySlice<UInt8>,
        isLast: Bool,
        mayWait: Bool
    ) async throws {
        let subject = restorer.subject(key)
        do {
            let stored = try KubernetesObject(parsing: record)
            for remark in try await OwnerAttacher(context: context).attach(stored, key, isLast: isLast) {
                context.ledger.warn("\(subject): \(remark)")
            }
        } catch let error as KubeAPIError {
            if case .postponed = try ObjectRestorer.outcome(of: error), mayWait {
                context.pending.add(key, waitingFor: [key.groupResource])
            } else {
                context.ledger.warn("\(subject): Its references to owners could not be added: \(error.reason)")
            }
        } catch let error as JSONError {
            context.ledger.warn("\(subject): Its references to owners could not be added: \(error)")
        }
    }
}
