package import Repository

/// A backup, as a restore reads it.
package struct RestoreSource: Sendable {
    /// The name of the backup.
    package var backup: String
    /// The id of the cluster that was backed up.
    package var cluster: String
    /// The objects, by ``StoredObjectKey``.
    package var contents: ManifestReader
    /// Every resource of which the backup holds objects.
    package var resources: [BackedUpResource]
    /// Every namespace that the backup holds objects of, or that is itself in the backup.
    package var namespaces: [String]

    package init(
        backup: String,
        cluster: String,
        contents: ManifestReader,
        resources: [BackedUpResource],
        namespaces: [String]
    ) {
        self.backup = backup
        self.cluster = cluster
        self.contents = contents
        self.resources = resources
        self.namespaces = namespaces
    }
}
