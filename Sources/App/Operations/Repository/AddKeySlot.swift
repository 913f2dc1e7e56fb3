import Repository

/// Lets another key open a repository.
package struct AddKeySlot: Sendable {
    let settings: Settings
    let newKey: NewKey
    let label: String?

    /// In bytes of UTF-8.
    private static let longestLabel = 64

    /// - Parameter label: What the slot is called, up to 64 bytes on one line.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` when `label` cannot be one.
    package init(_ newKey: NewKey, label: String?, settings: Settings) throws(OperationError) {
        if let label {
            let isText = label.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
            guard !label.isEmpty, label.utf8.count <= Self.longestLabel, isText else {
                throw OperationError(.usage, "A label has 1 to \(Self.longestLabel) bytes, and no line breaks.")
            }
        }
        self.settings = settings
        self.newKey = newKey
        self.label = label
    }

    /// - Returns: The new slot. A key file that was made for it is on the disk.
    /// - Throws: ``OperationError``, `RepositoryError`, `ObjectStoreError`; then the repository has no new slot, or, where
    ///   the store did not answer, may have one. A key file that was made stays.
    package func run() async throws -> KeySlotDocument {
        let access = try await KeySlotAccess(settings)
        // Before a key file is made: the location and its key are right.
        _ = try await access.slots.list()
        access.warnOfMissingConditions(in: settings.context)
        let key = try await newKey.make(for: access.location, in: settings.context)
        let slot = try await access.slots.add(key, label: label, at: settings.context.now())
        return KeySlotDocument(slot, inUse: false)
    }
}
