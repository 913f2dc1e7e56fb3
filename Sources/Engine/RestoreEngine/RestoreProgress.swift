package import KubernetesModel

/// How far a restore has come.
package struct RestoreProgress: Sendable, Hashable {
    /// Objects with which the restore is through, whatever became of them.
    package var done: Int
    package var total: Int
    /// The resource whose objects are being restored; `nil` while the restore is being planned.
    package var resource: GroupResource?

    package init(done: Int, total: Int, resource: GroupResource? = nil) {
        self.done = done
        self.total = total
        self.resource = resource
    }
}
