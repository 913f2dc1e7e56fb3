import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("The golden repository, damaged")
struct DamagedRepositoryTests {
    /// What is expected of each kind of damage: `Fixtures/damage.txt`, in sections that begin with `# `.
    ///
    /// `KBACKUP_WRITE_REPORTS=1` writes it anew, to be read before it is kept.
    private static let reports = "damage.txt"
    private static let isWritten = ProcessInfo.processInfo.environment["KBACKUP_WRITE_REPORTS"] != nil

    private struct Ledger: RepairLedger {
        mutating func keep(_ entry: ManifestEntry, of kind: SnapshotContent.Kind) {}
        mutating func lose(_ loss: ManifestDamage, of kind: SnapshotContent.Kind) {}
        mutating func drop(_ kind: SnapshotContent.Kind) {}
        func details() throws -> [UInt8] { Array("{}".utf8) }
    }

    @Test(
        "A check says what is lost, and of which backup; mending leaves the rest",
        arguments: RepositoryDamage.allCases
    )
    func report(damage: RepositoryDamage) async throws {
        let expected = try String(contentsOf: GoldenRepository.fixture(Self.reports), encoding: .utf8)
        let sections = expected.split(separator: "# ", omittingEmptySubsequences: true)
        let section = try #require(sections.first { $0.hasPrefix(damage.rawValue + "\n") })
        let told = try await Self.report(of: damage)
        #expect(section.trimmingCharacters(in: .newlines).split(separator: "\n").dropFirst().map(String.init) == told)
    }

    @Test("The reports are written anew", .enabled(if: isWritten))
    func write() async throws {
        var text = ""
        for damage in RepositoryDamage.allCases {
            text += "# \(damage.rawValue)\n" + (try await Self.report(of: damage)).joined(separator: "\n") + "\n\n"
        }
        try String(text.dropLast()).write(to: GoldenRepository.fixture(Self.reports), atomically: true, encoding: .utf8)
    }

    /// What a check without and one with reading data say, then what mending does, and what is left.
    private static func report(of damage: RepositoryDamage) async throws -> [String] {
        let store = try await damage.apply(to: try GoldenRepository.objects()).store()
        var lines: [String] = []
        do {
            let structure = lineText(try await ExampleRepository.open(store).check(dataPercent: 0))
            let all = lineText(try await ExampleRepository.open(store).check(dataPercent: 100))
            lines += ["check:"] + structure
            if all != structure { lines += ["check --read-data:"] + all }
            if all == ["  sound"] { return lines }
            let repository = try await ExampleRepository.open(store)
            let mended = try await repository.repairManifests(isDryRun: false, dataPercent: 100) { _ in Ledger() }
            let index = try await repository.repairIndex(isDryRun: false)
            lines.append("repair:")
            for (what, names) in [("mended", mended.mended), ("unreadable", mended.unreadable)] where !names.isEmpty {
                lines.append("  \(what): \(names.map(\.name).joined(separator: ", "))")
            }
            lines.append("  index of \(index.chunks) chunks in \(index.packs - index.unreadablePacks.count) packs")
            lines += ["check --read-data:"] + lineText(try await ExampleRepository.open(store).check(dataPercent: 100))
        } catch let error as RepositoryError {
            lines.append("error: \(error.code): \(error.message)")
        }
        return lines
    }

    private static func lineText(_ report: CheckReport) -> [String] {
        if report.isSound { return ["  sound"] }
        var lines = report.damages.map { "  \($0.object): \($0.message)" }.sorted()
        for backup in report.harmed {
            let lost = "\(backup.lostRecords) records, \(backup.lostRows) rows"
            lines.append("  harmed: \(backup.name.name): \(backup.reason ?? lost)")
            lines += backup.examples.map { "    \($0)" }
        }
        return lines
    }
}
