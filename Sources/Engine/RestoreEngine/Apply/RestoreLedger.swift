import Foundation
import KubernetesModel
import Synchronization

/// Keeps the books of a restore: what became of each object, in as much detail as a report holds.
final class RestoreLedger: Sendable {
    private struct State {
        var counts: [GroupResource: RestoreReport.ResourceCount] = [:]
        var skipped: [RestoreReport.Note] = []
        var conflicts: [RestoreReport.Note] = []
        var failures: [RestoreReport.Note] = []
        var warnings: [String] = []
        var omitted = RestoreReport.Omitted()
        var hasContentConflict = false
        var progress = RestoreProgress(done: 0, total: 0)
        /// `nil` until the restore is planned.
        var planned: Int?
    }

    private let limit: Int
    private let state = Mutex(State())
    private let onProgress: @Sendable (RestoreProgress) -> Void

    init(noteLimit: Int, onProgress: @escaping @Sendable (RestoreProgress) -> Void) {
        limit = noteLimit
        self.onProgress = onProgress
    }

    /// Notes how many objects there are.
    func plan(_ total: Int) {
        state.withLock { state in
            state.planned = total
            state.progress.total = total
        }
    }

    /// Books one object, or many of one resource with the same fate.
    func book(_ outcome: ObjectOutcome, _ resource: GroupResource, subject: String, objects: Int = 1) {
        let progress = state.withLock { state in
            var count = state.counts[resource] ?? Self.zero(resource)
            let note = { (reason: String) in RestoreReport.Note(subject: subject, reason: reason) }
            switch outcome {
            case .created: count.created += objects
            case .updated: count.updated += objects
            case .unchanged: count.unchanged += objects
            case .conflict(let conflict):
                count.conflicts += objects
                if conflict.isInContent { state.hasContentConflict = true }
                add(note(conflict.reason), \.conflicts, \.conflicts, &state)
            case .skipped(let rule):
                count.skipped += objects
                add(note(rule.description), \.skipped, \.skipped, &state)
            case .failed(let reason):
                count.failed += objects
                add(note(reason), \.failures, \.failures, &state)
            case .postponed, .notSelected: return state.progress
            }
            state.counts[resource] = count
            state.progress.done += objects
            state.progress.resource = resource
            return state.progress
        }
        onProgress(progress)
    }

    /// Notes what should be known although the object was restored.
    func warn(_ warning: String) {
        state.withLock { state in
            if state.warnings.count < limit { state.warnings.append(warning) } else { state.omitted.warnings += 1 }
        }
    }

    /// Whether all that was booked so far is in the cluster as it should be, or was left out by a rule.
    var isComplete: Bool { state.withLock { $0.failures.isEmpty && !$0.hasContentConflict } }

    /// Fills in what the ledger knows by now.
    func fill(_ report: inout RestoreReport) {
        state.withLock { state in
            report.planned = state.planned
            report.resources = state.counts.sorted { $0.key < $1.key }.map(\.value)
            report.skipped = state.skipped.sorted { $0.subject < $1.subject }
            report.conflicts = state.conflicts.sorted { $0.subject < $1.subject }
            report.failures = state.failures.sorted { $0.subject < $1.subject }
            report.warnings = state.warnings
            report.omitted = state.omitted
        }
    }

    private func add(
        _ note: RestoreReport.Note,
        _ list: WritableKeyPath<State, [RestoreReport.Note]>,
        _ omitted: WritableKeyPath<RestoreReport.Omitted, Int>,
        _ state: inout State
    ) {
        if state[keyPath: list].count < limit {
            state[keyPath: list].append(note)
        } else {
            state.omitted[keyPath: omitted] += 1
        }
    }

    private static func zero(_ resource: GroupResource) -> RestoreReport.ResourceCount {
        RestoreReport.ResourceCount(
            group: resource.group,
            resource: resource.resource,
            created: 0,
            updated: 0,
            unchanged: 0,
            conflicts: 0,
            skipped: 0,
            failed: 0
        )
    }
}

extension Conflict {
    /// In the words of a report.
    fileprivate var reason: String {
        let shown = places.prefix(5).joined(separator: ", ")
        let more = places.count > 5 ? " and \(places.count - 5) more places" : ""
        let rest = isMerged ? "that was left as it is, and what it lacked was added" : "it was left as it is"
        return "exists and differs in \(shown)\(more); \(rest)"
    }
}
