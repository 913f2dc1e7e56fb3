import KubernetesModel
import Logging

/// What all steps of one restore share.
struct RestoreContext: Sendable {
    let target: any RestoreTarget
    let plan: RestorePlan
    let mapping: NamespaceMapping
    let resources: [GroupResource: BackedUpResource]
    let served: ServedResources
    let owners: OwnerResolver
    let pending: PendingAttachments
    let postponed: PostponedObjects
    let gate: NamespaceGate
    let kinds: KindGate
    let ledger: RestoreLedger
    let requests: AdaptiveLimit
    let limits: RestoreLimits
    let time: RestoreTime
    let logger: Logger
}
