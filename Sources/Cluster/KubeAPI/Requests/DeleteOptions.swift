/// How an object is deleted.
package struct DeleteOptions: Sendable, Hashable {
    /// What becomes of the objects that it owns.
    package enum PropagationPolicy: String, Sendable, Hashable {
        case orphan = "Orphan"
        case background = "Background"
        case foreground = "Foreground"
    }

    /// Only an object with this uid is deleted; otherwise the answer is ``KubeAPIError/Code/conflict``.
    package var uid: String?
    /// Only this state of the object is deleted.
    package var resourceVersion: String?
    package var propagationPolicy: PropagationPolicy?
    package var gracePeriodInSeconds: Int?
    package var dryRun: Bool

    package init(
        uid: String? = nil,
        resourceVersion: String? = nil,
        propagationPolicy: PropagationPolicy? = nil,
        gracePeriodInSeconds: Int? = nil,
        dryRun: Bool = false
    ) {
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.propagationPolicy = propagationPolicy
        self.gracePeriodInSeconds = gracePeriodInSeconds
        self.dryRun = dryRun
    }
}
