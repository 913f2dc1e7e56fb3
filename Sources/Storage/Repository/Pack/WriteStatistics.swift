/// What a backup wrote, and what it did not need to.
package struct WriteStatistics: Sendable, Codable, Hashable {
    /// Bytes of records that were new, before compression.
    package var newRecordBytes = 0
    package var newRecords = 0
    /// Bytes sent to the store, all objects and all overhead included.
    package var storedBytes = 0
    /// Objects sent to the store.
    package var storedObjects = 0

    package init() {}

    mutating func add(_ block: RawBlock) {
        guard block.kind != .manifest else { return }
        newRecordBytes += block.bytes.count
        newRecords += block.records.count
    }
}
