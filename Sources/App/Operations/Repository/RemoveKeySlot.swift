import Repository

/// Takes from a key the power to open a repository.
package struct RemoveKeySlot: Sendable {
    let settings: Settings
    let id: String
    let isForced: Bool

    /// - Parameters:
    ///   - id: The slot's id, or the start of it.
    ///   - isForced: Whether the slots that stay may be such that the key at hand opens none of them.
    package init(_ id: String, isForced: Bool, settings: Settings) {
        self.settings = settings
        self.id = id
        self.isForced = isForced
    }

    /// - Parameter confirm: Called with the name of the location. What it throws ends the operation.
    /// - Returns: The slot that is gone.
    package func run(confirm: (_ location: String) async throws -> Void) async throws -> KeySlotDocument {
        let access = try await KeySlotAccess(settings)
        let opened = try await access.slots.list().filter(\.isOpened).map(\.slot.id)
        try await confirm(access.location)
        access.warnOfMissingConditions(in: settings.context)
        let removed = try await access.slots.remove(id, isForced: isForced)
        return KeySlotDocument(removed, inUse: opened.contains(removed.id))
    }
}
