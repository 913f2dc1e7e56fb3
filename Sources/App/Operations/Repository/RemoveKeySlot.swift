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

    /// - Parameter confirm: Called with the name of the location, when the slot can be removed. What it throws ends the operation.
    /// - Returns: The slot that is gone.
    package func run(confirm: (_ location: String) async throws -> Void) async throws -> KeySlotDocument {
        let access = try await KeySlotAccess(settings)
        // Nobody is asked about what cannot be done.
        let found = try await access.slots.removable(id, isForced: isForced)
        try await confirm(access.location)
        access.warnOfMissingConditions(in: settings.context)
        let removed = try await access.slots.remove(found.slot.id, isForced: isForced)
        return KeySlotDocument(removed, inUse: found.isOpened)
    }
}
