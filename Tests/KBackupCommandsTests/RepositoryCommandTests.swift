import Foundation
import Operations
import SystemPackage
import Testing

@testable import KBackupCommands

@Suite("Repository commands")
struct RepositoryCommandTests {
    private static let repository = ".local/share/kbackup/repository"

    private func packs(_ shell: TestShell) throws -> [String] {
        let folder = shell.home.appending(Self.repository).appending("packs").string
        // The last pack takes its folder along.
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.count == 35 }
            .map { "\(folder)/\($0)" }
    }

    @Test("The space of deleted backups comes back, and everything is counted and found sound")
    func prune() async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("create one").status == .complete)
            #expect(
                await shell.run("create two").status == .complete
            )
            let stats = await shell.run("repo stats -o json")
            #expect(stats.status == .complete, "\(stats.errors)")
            #expect(stats.output.contains("\"backups\": 2"))
            #expect(stats.output.contains("\"kind\": \"RepositoryStats\""))
            #expect(await shell.run("repo stats").output.contains("Backups:"))

            let check = await shell.run("repo check --read-data")
            #expect(check.status == .complete)
            #expect(check.output.contains("Result:") && check.output.contains("sound"))
            #expect(check.output.contains("Data read:"))
            #expect(await shell.run("repo check --quiet").output.isEmpty)

            #expect(await shell.run("delete one two --yes").status == .complete)
            let before = try packs(shell).count
            let dryRun = await shell.run("repo prune --dry-run --exclusive")
            #expect(dryRun.output.contains("to delete"))
            #expect(try packs(shell).count == before)
            let spared = await shell.run("repo prune -o yaml")
            #expect(spared.status == .complete, "\(spared.errors)")
            #expect(spared.output.contains("action: spare"))
            #expect(try packs(shell).count == before)
            let prune = await shell.run("repo prune --exclusive")
            #expect(prune.status == .complete)
            #expect(prune.output.contains("deleted"))
            #expect(try packs(shell).isEmpty)
        }
    }

    @Test("What is left of a pack is written anew, and restored, checked, copied and built upon from there")
    func repack() async throws {
        try await TestShell.with { shell in
            func text(_ length: Int) -> String {
                String(decoding: (0..<length).map { _ in UInt8.random(in: 97...122) }, as: UTF8.self)
            }
            #expect(await shell.run("location add disk file://\(shell.home)/repo").status == .complete)
            #expect(await shell.run("location add offsite file://\(shell.home)/copy").status == .complete)
            let kept = text(100_000)
            try shell.write(kept, to: "data/a.txt")
            for name in ["b", "c", "d"] { try shell.write(text(100_000), to: "data/\(name).txt") }
            #expect(await shell.run("files backup data --name first --host box").status == .complete)
            for name in ["b", "c", "d"] { try shell.write(text(5), to: "data/\(name).txt") }
            #expect(await shell.later.run("files backup data --name second --host box").status == .complete)
            #expect(await shell.run("delete first --yes").status == .complete)

            let none = await shell.run("repo prune --exclusive --dry-run --max-unused 0% --max-repack 0")
            #expect(none.status == .complete && !none.output.contains("written anew"), "\(none.output)")
            let all = await shell.run("repo prune --exclusive --dry-run --max-unused 100%")
            #expect(all.status == .complete && !all.output.contains("written anew"), "\(all.output)")
            let dryRun = await shell.run("repo prune --exclusive --dry-run --max-unused 0%")
            #expect(dryRun.output.contains("to be written anew"), "\(dryRun.output)")
            let prune = await shell.run("repo prune --exclusive --max-unused 0%")
            #expect(prune.status == .complete, "\(prune.errors)")
            #expect(
                prune.output.contains("What backups need of the packs written anew is in 1 pack of "),
                "\(prune.output)"
            )

            let check = await shell.run("repo check --read-data")
            #expect(check.status == .complete, "\(check.output)")
            #expect(check.output.contains("Relocations:") && check.output.contains("sound"), "\(check.output)")
            #expect(await shell.run("repo stats -o json").output.contains("\"deadBytesOfNeededPacks\""))
            #expect(await shell.run("repo repair index").status == .complete)
            #expect(await shell.run("files restore second --to out").status == .complete)
            let home = String(shell.home.string.dropFirst())
            #expect(try shell.read("out/\(home)/data/a.txt") == kept)
            let again = await shell.run("files backup data --name third --host box -o json")
            #expect(again.output.contains("\"readFiles\": 0"), "\(again.output)")
            let copy = await shell.run("repo copy --to offsite")
            #expect(copy.status == .complete, "\(copy.errors)")
            #expect(await shell.run("files restore third --to copied --storage-location offsite").status == .complete)
            #expect(try shell.read("copied/\(home)/data/a.txt") == kept)
        }
    }

    @Test("Damage is named, and mended: the backup says what it has lost, and the rest of it stays")
    func repair() async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("create one").status == .complete)
            let pack = try #require(try packs(shell).first)
            let file = URL(filePath: pack)
            // The first block holds objects.
            var bytes = try Data(contentsOf: file)
            bytes[40] ^= 1
            try bytes.write(to: file)
            #expect(await shell.run("repo check").status == .complete)
            let check = await shell.run("repo check --read-data")
            #expect(check.status == .partial)
            #expect(check.output.contains("Harmed backups:\n  one (cluster "))
            #expect(check.output.contains(try #require(FilePath(pack).lastComponent?.string)))
            let json = await shell.run("repo check --read-data=100% -o json")
            #expect(json.status == .partial)
            #expect(json.output.contains("\"sound\": false"))

            let dryRun = await shell.run("repo repair manifests --read-data --dry-run")
            #expect(dryRun.output.contains("To be mended:\n  one"))
            #expect(await shell.run("describe one -o json").output.contains("\"phase\": \"Completed\""))
            let repair = await shell.run("repo repair manifests --read-data")
            #expect(repair.status == .complete, "\(repair.errors)")
            #expect(repair.output.contains("Mended:\n  one"))
            let backup = await shell.run("describe one -o json")
            #expect(backup.output.contains("\"phase\": \"PartiallyFailed\""))
            #expect(backup.output.contains("lost through damage to the repository"))
            #expect(await shell.run("repo repair manifests --read-data").output == "No backup has lost anything.\n")
            // The next backup writes what is lost again.
            #expect(await shell.run("create two").status == .complete)
            #expect(await shell.run("show two cm/settings -n shop").status == .complete)
        }
    }

    @Test("The index is made anew")
    func index() async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("create one").status == .complete)
            let repair = await shell.run("repo repair index")
            #expect(repair.status == .complete)
            #expect(repair.output == "The index is made of 0 chunks in 1 pack: 0 segments instead of 0.\n")
            let pack = URL(filePath: try #require(try packs(shell).first))
            try Data(contentsOf: pack).dropLast(1).write(to: pack)
            let damaged = await shell.run("repo repair index --dry-run")
            #expect(damaged.status == .partial)
            #expect(damaged.output.contains("Packs that cannot be read:"))
        }
    }

    @Test(
        "Where there is no repository yet, none is counted, checked, mended or pruned",
        arguments: [
            "repo stats", "repo check", "repo prune", "repo repair index", "repo repair manifests",
        ]
    )
    func nothing(line: String) async throws {
        try await TestShell.with { shell in
            let result = await shell.run(line)
            #expect(result.status == .notFound)
            #expect(!shell.exists(Self.repository))
        }
    }

    @Test("Lengths of time and shares are read as they are written, and what cannot be is refused")
    func values() async throws {
        #expect(DurationValue(argument: "72h")?.duration == .seconds(72 * 3600))
        #expect(DurationValue(argument: "1d12h")?.duration == .seconds(36 * 3600))
        #expect(DurationValue(argument: "90m30s")?.duration == .seconds(5430))
        for text in ["", "h", "72", "3w", "1h2", "-1h", "99999999999h"] {
            #expect(DurationValue(argument: text) == nil)
        }
        #expect(PercentValue(argument: "10%")?.percent == 10)
        for text in ["", "%", "10", "0%", "101%", "x%"] { #expect(PercentValue(argument: text) == nil) }
        #expect(ShareValue(argument: "0%")?.percent == 0 && ShareValue(argument: "100%")?.percent == 100)
        for text in ["", "%", "10", "-1%", "101%"] { #expect(ShareValue(argument: text) == nil) }
        #expect(SizeValue(argument: "0")?.sizeInBytes == 0 && SizeValue(argument: "17")?.sizeInBytes == 17)
        #expect(SizeValue(argument: "500M")?.sizeInBytes == 500 << 20)
        #expect(SizeValue(argument: "999999T")?.sizeInBytes == 999_999 << 40)
        #expect(SizeValue(argument: "unlimited")?.sizeInBytes == .max)
        for text in ["", "G", "-1", "1.5G", "1GB", "9999999T", "9999999999999999"] {
            #expect(SizeValue(argument: text) == nil)
        }
        #expect(OptionalValues.completed(["--read-data", "-o", "json"]) == ["--read-data=100%", "-o", "json"])
        #expect(OptionalValues.completed(["--read-data", "5%"]) == ["--read-data", "5%"])
        try await TestShell.with { shell in
            #expect(await shell.run("repo prune --grace 59m").status == .usage)
            #expect(await shell.run("repo prune --grace 2h --exclusive").status == .usage)
            #expect(await shell.run("repo prune --max-unused 5").status == .usage)
            #expect(await shell.run("repo prune --max-repack lots").status == .usage)
            #expect(await shell.run("repo check --read-data=0%").status == .usage)
        }
    }
}
