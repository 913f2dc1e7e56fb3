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
    /// Packs with so many bytes together are written anew at most, without what no backup needs.
    package var repackLimit: Int
    /// Of the packs that backups need, so many bytes in a hundred may be of no need: packs are written anew, the emptiest
    /// first, until there are no more.
    package var unusedPercent: Double

    package static let shortestGrace = TombstoneStore.shortestGrace
    package static let standardGrace = Duration.seconds(72 * 3600)
    package static let standardRepackLimit = 10 << 30
    package static let standardUnusedPercent = 5.0

    package init(
        grace: Duration = standardGrace,
        isDryRun: Bool = false,
        isExclusive: Bool = false,
        repackLimit: Int = standardRepackLimit,
        unusedPercent: Double = standardUnusedPercent
    ) {
        precondition(grace >= Self.shortestGrace, "a prune with a shorter grace would delete what backups need")
        self.grace = grace
        self.isDryRun = isDryRun
        self.isExclusive = isExclusive
        self.repackLimit = repackLimit
        self.unusedPercent = unusedPercent
    }
}
