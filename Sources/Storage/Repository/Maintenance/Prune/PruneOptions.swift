/// How a repository is pruned.
package struct PruneOptions: Sendable {
    /// How long a pack stays marked before it is deleted, and how young a pack may be without being marked.
    ///
    /// Must be longer than the longest backup, and at least ``shortestGrace``.
    package var grace: Duration
    /// Says what would be done, and does nothing.
    package var isDryRun: Bool
    /// Deletes at once: for when nothing else uses the repository.
    package var isExclusive: Bool

    package static let shortestGrace = TombstoneStore.shortestGrace
    package static let standardGrace = Duration.seconds(72 * 3600)

    package init(grace: Duration = standardGrace, isDryRun: Bool = false, isExclusive: Bool = false) {
        precondition(grace >= Self.shortestGrace, "a prune with a shorter grace would delete what backups need")
        self.grace = grace
        self.isDryRun = isDryRun
        self.isExclusive = isExclusive
    }
}
