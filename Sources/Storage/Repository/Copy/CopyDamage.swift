/// What of a backup turned out to be lost while it was read for a copy: how much, and the first of it by name.
struct CopyDamage {
    private static let shownCount = 10

    private(set) var count = 0
    private var shown: [String] = []

    mutating func add(_ damage: ManifestDamage, _ error: RepositoryError, in content: SnapshotContent) {
        count += 1
        guard shown.count < Self.shownCount else { return }
        shown.append("\(Self.name(of: damage, in: content)): \(error.message)")
    }

    /// - Returns: `nil` when nothing is lost.
    func error(of snapshot: Snapshot) -> UncopiedBackupError? {
        guard count > 0 else { return nil }
        let more = count > shown.count ? " And \(count - shown.count) more." : ""
        return UncopiedBackupError(
            code: .damaged,
            message: "Backup '\(snapshot.name)' is damaged and was not copied. \(shown.joined(separator: " "))\(more)"
        )
    }

    private static func name(of damage: ManifestDamage, in content: SnapshotContent) -> String {
        switch damage {
        case .record(let entry): "Record \(name(of: entry.key))"
        case .doubtful(let entry): "Record \(name(of: entry.key)), which may be an old one"
        case .page(let keys, let rowCount): "\(rowCount) records from \(name(of: keys.start)) on"
        }
    }

    /// A key that is a text as a text; a number as a number.
    private static func name(of key: ManifestKey) -> String {
        if let text = String(validating: key, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        {
            return "'\(text.prefix(300))'"
        }
        return key.number.map { "\($0)" } ?? key.prefix(64).hexadecimal
    }
}
