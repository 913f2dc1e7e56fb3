import Operations

/// Key slots for people.
enum KeySlotText {
    static func table(_ slots: [KeySlotDocument]) -> String {
        TableText(
            header: ["ID", "YOURS", "TYPE", "CREATED", "LABEL"],
            rows: slots.map { slot in
                [slot.id, slot.inUse ? "*" : "", slot.type, Text.time(slot.createdAt), slot.label ?? "-"]
            }
        ).text
    }

    static func rotation(_ outcome: RotateKey.Outcome) -> String {
        let slot = "key slot \(outcome.added.id) of location '\(outcome.location)'"
        guard let file = outcome.keyFile else {
            return "The new passphrase opens \(slot). Change it wherever it is kept: the old one opens nothing now."
        }
        guard let old = outcome.oldKeyFile else {
            return "The key in '\(file)' opens \(slot). Name it in the configuration: the old one opens nothing now."
        }
        return """
            The key in '\(file)' is a new one, and opens \(slot). Keep a copy of it elsewhere.
            The old key, kept in '\(old)', opens nothing now. Delete it once there is a copy of the new one.
            """
    }
}
