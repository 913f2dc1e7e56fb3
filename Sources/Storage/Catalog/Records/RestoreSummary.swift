package import FoundationEssentials

/// One restore in a line.
package struct RestoreSummary: Sendable, Hashable, Codable {
    package var repositoryID: String
    package var name: String
    /// The key of the restore's report in the repository.
    package var objectKey: String
    /// The store's tag for the version of that object that this was read from.
    package var versionTag: String
    package var backupClusterID: String
    package var backupName: String
    /// The cluster that was restored into.
    package var target: String
    package var phase: String
    package var startedAt: Date
    package var finishedAt: Date?
    package var createdCount: Int
    package var updatedCount: Int
    package var skippedCount: Int
    package var failureCount: Int

    package init(
        repositoryID: String,
        name: String,
        objectKey: String,
        versionTag: String,
        backupClusterID: String,
        backupName: String,
        target: String,
        phase: String,
        startedAt: Date,
        finishedAt: Date? = nil,
        createdCount: Int = 0,
        updatedCount: Int = 0,
        skippedCount: Int = 0,
        failureCount: Int = 0
    ) {
        self.repositoryID = repositoryID
        self.name = name
        self.objectKey = objectKey
        self.versionTag = versionTag
        self.backupClusterID = backupClusterID
        self.backupName = backupName
        self.target = target
        self.phase = phase
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.createdCount = createdCount
        self.updatedCount = updatedCount
        self.skippedCount = skippedCount
        self.failureCount = failureCount
    }
}
