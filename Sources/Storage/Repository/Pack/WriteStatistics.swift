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

    /// Reads what a program of another version has written: counts that it did not keep are 0.
    package init(from decoder: any Decoder) throws {
        let counts = try decoder.container(keyedBy: CodingKeys.self)
        newRecordBytes = try counts.value(.newRecordBytes, or: 0)
        newRecords = try counts.value(.newRecords, or: 0)
        storedBytes = try counts.value(.storedBytes, or: 0)
        storedObjects = try counts.value(.storedObjects, or: 0)
    }

    mutating func add(_ block: RawBlock) {
        guard block.kind != .manifest else { return }
        newRecordBytes += block.bytes.count
        newRecords += block.records.count
    }
}
