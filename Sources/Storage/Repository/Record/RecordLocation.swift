/// Where a record lies.
package struct RecordLocation: Hashable, Sendable {
    package let block: BlockLocation
    /// In bytes from the start of the expanded block.
    let offset: UInt32
    /// In bytes.
    package let length: UInt32
}
