/// Something that a new backup builds on is damaged.
///
/// Nothing was committed. The backup is to be begun again: without that parent where its manifest is damaged, and without
/// trusting the pack, so that it refers to nothing in it.
package struct DamagedParentError: Error, Sendable, CustomStringConvertible {
    /// The content of the parent whose manifest cannot be read; `nil` when only records of it are lost.
    package let manifest: SnapshotContent.Kind?
    /// The pack that is missing or damaged.
    package let pack: PackID
    /// Others that were found at the same time.
    package let more: [PackID]
    package let cause: RepositoryError

    package init(manifest: SnapshotContent.Kind?, pack: PackID, more: [PackID] = [], cause: RepositoryError) {
        self.manifest = manifest
        self.pack = pack
        self.more = more
        self.cause = cause
    }

    package var description: String { cause.message }
}
