import Operations

/// Writes the comparison of two backups while it is made.
struct ComparisonText {
    private enum Style {
        case table
        case names
        case document(ComparisonDocument)
    }

    private var style: Style
    private let output: any TextSink
    private var waiting = ""

    /// - Parameters:
    ///   - format: `nil` writes the names of the objects alone.
    ///   - output: Gets what is written, in pieces.
    init(_ format: OutputFormat?, to output: any TextSink) {
        switch format {
        case nil: style = .names
        case .table?: style = .table
        case .json?: style = .document(ComparisonDocument(.json))
        case .yaml?: style = .document(ComparisonDocument(.yaml))
        }
        self.output = output
    }

    mutating func begin(_ comparison: BackupComparison) throws {
        if case .document(let document) = style { try write(try document.beginning(comparison)) }
    }

    mutating func add(_ difference: ObjectDifference) throws {
        switch style {
        case .names: try write("\(difference.object)\n")
        case .table:
            let change = difference.change.rawValue
            try write("\(change)\(String(repeating: " ", count: 9 - change.count))\(difference.object)\n")
            for field in difference.fields ?? [] { try write("           \(field.text)\n") }
        case .document(var document):
            try write(try document.item(difference))
            style = .document(document)
        }
    }

    mutating func end(_ comparison: BackupComparison, _ counts: DifferenceCounts) throws {
        switch style {
        case .names: break
        case .table: try write(Self.summary(comparison, counts))
        case .document(let document): try write(try document.end(comparison, counts))
        }
        try output.write(waiting)
        waiting = ""
    }

    private static func summary(_ comparison: BackupComparison, _ counts: DifferenceCounts) -> String {
        var lines: [String] = []
        let missing = Set(comparison.notCompared.map(\.data))
        if !missing.contains("objects") { lines.append("Objects: \(text(counts))") }
        if let etcd = comparison.etcd { lines.append("Etcd pages: \(text(etcd))") }
        for entry in comparison.notCompared {
            lines.append("Not compared: \(entry.data), which only '\(entry.onlyIn)' holds")
        }
        return lines.map { "\($0).\n" }.joined()
    }

    private static func text(_ counts: DifferenceCounts) -> String {
        if counts.isEmpty { return "no difference" }
        return "\(Text.number(counts.added)) added, \(Text.number(counts.removed)) removed, "
            + "\(Text.number(counts.changed)) changed"
    }

    private static let pieceSize = 32 << 10

    private mutating func write(_ text: String) throws {
        waiting += text
        guard waiting.utf8.count >= Self.pieceSize else { return }
        let piece = waiting
        waiting = ""
        try output.write(piece)
    }
}
