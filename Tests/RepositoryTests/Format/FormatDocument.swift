import Foundation
import Testing

/// The examples of `docs/format.md`: fenced blocks with a name, and the rows of its table of keys.
struct FormatDocument {
    private let text: String

    init() throws {
        var folder = URL(filePath: #filePath)
        while folder.path() != "/",
            !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path())
        {
            folder.deleteLastPathComponent()
        }
        text = try String(contentsOf: folder.appending(path: "docs/format.md"), encoding: .utf8)
    }

    /// The text of the blocks of a kind, by their names.
    func blocks(_ kind: String) throws -> [String: String] {
        var blocks: [String: String] = [:]
        for part in text.components(separatedBy: "```\(kind) ").dropFirst() {
            let end = try #require(part.firstRange(of: "\n"))
            let close = try #require(part.firstRange(of: "\n```"))
            blocks[String(part[..<end.lowerBound])] = String(part[end.upperBound..<close.lowerBound])
        }
        return blocks
    }

    /// The bytes of the blocks of hexadecimal digits: of each line, what comes before two spaces.
    func bytes() throws -> [String: [UInt8]] {
        try blocks("hex").mapValues { block in
            try block.split(separator: "\n").flatMap { line in
                let digits = String(line).components(separatedBy: "  ")[0].split(separator: " ")
                return try digits.map { try #require(UInt8($0, radix: 16)) }
            }
        }
    }

    /// The rows of the table of the example.
    func values() throws -> [String: String] {
        let example = try #require(text.components(separatedBy: "\n## An example\n").last)
        let section = try #require(example.components(separatedBy: "\n## ").first)
        var values: [String: String] = [:]
        for line in section.split(separator: "\n") where line.hasPrefix("| ") && line.hasSuffix("` |") {
            let cells = line.dropFirst(2).dropLast(3).components(separatedBy: " | `")
            try #require(cells.count == 2)
            values[cells[0]] = cells[1]
        }
        return values
    }
}
