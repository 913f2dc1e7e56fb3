package import FoundationEssentials

/// One backup in a line.
package struct BackupSummary: Sendable, Hashable, Codable {
    package var repositoryID: String
    package var clusterID: String
    /// Unique within repository and cluster.
    package var name: String
    /// The key of the snapshot object in the repository.
    package var objectKey: String
    /// The store's tag for the version of that object that this was read from.
    package var versionTag: String
    package var phase: String
    /// What the backup holds, such as `objects`, `etcd`, `volumes`; none with a comma in it.
    package var kinds: [String]
    package var startedAt: Date
    package var finishedAt: Date?
    package var expiresAt: Date?
    /// Before deduplication and compression.
    package var sizeInBytes: Int
    /// What the backup added to the repository.
    package var storedSizeInBytes: Int
    package var objectCount: Int
    package var failureCount: Int

    package init(
        repositoryID: String,
        clusterID: String,
        name: String,
        objectKey: String,
        versionTag: String,
        phase: String,
        kinds: [String],
        startedAt: Date,
        finishedAt: Date? = nil,
        expiresAt: Date? = nil,
        sizeInBytes: Int = 0,
        storedSizeInBytes: Int = 0,
        objectCount: Int = 0,
        failureCount: Int = 0
    ) {
        self.repositoryID = repositoryID
        self.clusterID = clusterID
        self.name = name
        self.objectKey = objectKey
        self.versionTag = versionTag
        self.phase = phase
        self.kinds = kinds
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.expiresAt = expiresAt
        self.sizeInBytes = sizeInBytes
        self.storedSizeInBytes = storedSizeInBytes
        self.objectCount = objectCount
        self.failureCount = failureCount
    }
}
