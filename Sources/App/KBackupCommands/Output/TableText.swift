/// Columns of text, aligned with spaces.
struct TableText {
    var header: [String]
    var rows: [[String]]
    /// Stands before each line.
    var indentation = ""

    /// One line for the header and each row; without a line break at the end.
    var text: String {
        let lines = [header] + rows
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let text = indentation + cells.joined(separator: "   ")
            return String(text[...(text.lastIndex { $0 != " " } ?? text.startIndex)])
        }.joined(separator: "\n")
    }
}
