import KubernetesModel
import Synchronization

/// The three books of a backup: what was stored, what was left out by which rule, and what failed and why.
///
/// Every object that discovery shows is in exactly one.
final class BackupLedger: Sendable {
    private struct State {
        var counts: [GroupResource: BackupDetails.ResourceCount] = [:]
        var exclusions: [BackupDetails.Exclusion] = []
        var excludedObjects: [String: [String: Int]] = [:]
        var failures: [BackupDetails.Failure] = []
        var warnings: [String] = []
    }

    private let state = Mutex(State())

    func stored(_ count: BackupDetails.ResourceCount, of resource: GroupResource) {
        state.withLock { state in
            guard var sum = state.counts[resource] else {
                state.counts[resource] = count
                return
            }
            sum.objects += count.objects
            sum.bytes += count.bytes
            sum.changed += count.changed
            sum.terminating += count.terminating
            sum.isAtRevision = sum.isAtRevision && count.isAtRevision
            sum.isKeptApart = sum.isKeptApart || count.isKeptApart
            sum.revisions = Set(sum.revisions).union(count.revisions).sorted()
            state.counts[resource] = sum
        }
    }

    func excluded(_ exclusions: [BackupDetails.Exclusion]) { state.withLock { $0.exclusions += exclusions } }

    /// Objects of a resource that were listed, and left out.
    func excluded(_ objects: [String: Int], of resource: GroupResource) {
        state.withLock { state in
            state.excludedObjects[resource.description, default: [:]].merge(objects, uniquingKeysWith: +)
        }
    }

    func failed(_ subject: String, _ error: any Error) {
        failed(BackupDetails.Failure(subject: subject, reason: "\(error)"))
    }

    func failed(_ failure: BackupDetails.Failure) { state.withLock { $0.failures.append(failure) } }

    func warn(_ warning: String) {
        state.withLock { state in
            if !state.warnings.contains(warning) { state.warnings.append(warning) }
        }
    }

    var resources: [BackupDetails.ResourceCount] {
        state.withLock { $0.counts.sorted { $0.key < $1.key }.map(\.value) }
    }

    var exclusions: [BackupDetails.Exclusion] {
        state.withLock { state in
            let objects = state.excludedObjects.sorted { $0.key < $1.key }.flatMap { resource, rules in
                rules.sorted { $0.key < $1.key }.map { rule, count in
                    BackupDetails.Exclusion(subject: resource, rule: rule, objects: count)
                }
            }
            return state.exclusions + objects
        }
    }

    var failures: [BackupDetails.Failure] { state.withLock { $0.failures } }

    var warnings: [String] { state.withLock { $0.warnings } }
}
