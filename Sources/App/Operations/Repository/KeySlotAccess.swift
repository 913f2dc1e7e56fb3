import Repository

/// The way to the key slots of the location that is to be used.
struct KeySlotAccess: Sendable {
    let access: LocationAccess
    let key: RepositoryKey
    let slots: KeySlots

    init(_ settings: Settings) async throws {
        access = try settings.locationAccess()
        key = try await access.readKey()
        slots = KeySlots(store: access.store, key: key)
    }

    var location: String { access.location.name }

    /// Tells that nobody must change the keys of the repository meanwhile, where the store cannot see to it.
    func warnOfMissingConditions(in context: OperationContext) {
        guard access.location.boolean(.conditionalWrites) == false else { return }
        context.notify(
            .warning(
                "The server of location '\(location)' does not know conditional writes: let nobody else change the keys of "
                    + "the repository at the same moment."
            )
        )
    }
}

/// Lists the key slots of a repository.
package struct ListKeySlots: Sendable {
    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    /// - Throws: `RepositoryError` with code `wrongKey` when the key at hand opens none of them.
    package func run() async throws -> ListDocument<KeySlotDocument> {
        let access = try await KeySlotAccess(settings)
        return ListDocument(try await access.slots.list().map { KeySlotDocument($0.slot, inUse: $0.isOpened) })
    }
}
