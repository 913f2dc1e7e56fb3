/// All that the catalog knows of a restore.
package struct RestoreRecord: Sendable, Hashable, Codable {
    package var summary: RestoreSummary
    /// One for each group and resource; comes back ordered by both.
    package var resources: [RestoreResourceCount]
    /// The whole report as JSON; the catalog does not look into it.
    package var detail: [UInt8]

    package init(summary: RestoreSummary, resources: [RestoreResourceCount] = [], detail: [UInt8] = []) {
        self.summary = summary
        self.resources = resources
        self.detail = detail
    }
}
