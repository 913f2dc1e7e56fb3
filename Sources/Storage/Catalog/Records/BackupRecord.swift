/// All that the catalog knows of a backup.
package struct BackupRecord: Sendable, Hashable, Codable {
    package var summary: BackupSummary
    /// One for each group and resource; comes back ordered by both.
    package var resources: [ResourceCount]
    /// The whole summary as JSON; the catalog does not look into it.
    package var detail: [UInt8]

    package init(summary: BackupSummary, resources: [ResourceCount] = [], detail: [UInt8] = []) {
        self.summary = summary
        self.resources = resources
        self.detail = detail
    }
}
