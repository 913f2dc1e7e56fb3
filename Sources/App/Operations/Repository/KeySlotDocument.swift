package import Foundation
import Repository

/// A key slot as commands show it.
package struct KeySlotDocument: Encodable, Sendable, Equatable {
    package var kind = "KeySlot"
    package var id: String
    /// `key-file` or `passphrase`.
    package var type: String
    package var createdAt: Date
    package var label: String?
    /// Whether the key at hand opens it.
    package var inUse: Bool

    init(_ slot: KeySlot, inUse: Bool) {
        id = slot.id
        type = slot.kind.rawValue
        createdAt = slot.createdAt
        label = slot.label
        self.inUse = inUse
    }
}
