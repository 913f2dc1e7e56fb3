import Operations

/// Copies of backups for people.
enum RepositoryCopyText {
    static func table(_ document: RepositoryCopyDocument) -> String {
        guard !document.backups.isEmpty else { return "There are no backups to copy in location '\(document.from)'." }
        return TableText(
            header: ["NAME", "CLUSTER", "RESULT", "STORED"],
            rows: document.backups.map { backup in
                let stored = backup.result == .copied ? Text.bytes(backup.storedBytes) : "-"
                return [backup.name, backup.cluster, backup.result.rawValue, stored]
            }
        ).text
    }
}
