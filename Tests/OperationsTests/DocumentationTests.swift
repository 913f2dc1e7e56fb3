import Testing

@testable import Operations

@Suite("Documentation")
struct DocumentationTests {
    @Test("Every setting is in docs/configuration.md with its flag, variable and key", arguments: Setting.allCases)
    func settings(setting: Setting) throws {
        let text = try Documentation.read("configuration.md")
        let row = "| `\(setting.documentedKey)` | `\(setting.variable)` | `\(setting.flag)` |"
        #expect(text.contains(row), "no line that begins: \(row)")
    }

    @Test("docs/configuration.md describes no setting that there is not")
    func noOthers() throws {
        let text = try Documentation.read("configuration.md")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("| `KBACKUP_") }
        #expect(rows.count == Setting.allCases.count)
    }
}
