import Operations
import Testing

@testable import KBackupCommands

@Suite("Copy commands")
struct CopyCommandTests {
    @Test("Backups are copied, restored objects are those of the copy, and a name that is taken ends with 3")
    func life() async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("location add disk file://\(shell.home)/repo").status == .complete)
            #expect(await shell.run("location add offsite file://\(shell.home)/copy").status == .complete)
            let none = await shell.run("repo copy --to offsite")
            #expect(none.output == "There are no backups to copy in location 'disk'.\n")
            #expect(await shell.run("create one").status == .complete)
            let copy = await shell.run("repo copy --to offsite")
            #expect(copy.status == .complete, "\(copy.errors)")
            let lines = copy.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines[0] == ["NAME", "CLUSTER", "RESULT", "STORED"])
            #expect(lines[1][0] == "one")
            #expect(lines[1][2] == "copied")
            let show = await shell.run("show one cm/settings -n shop --storage-location offsite")
            #expect(show.status == .complete)
            #expect(show.output == (await shell.run("show one cm/settings -n shop")).output)
            #expect(await shell.run("repo copy --to offsite -o json").output.contains("\"result\": \"present\""))
            #expect(await shell.run("create two --storage-location offsite").status == .complete)
            #expect(await shell.run("create two").status == .complete)
            let taken = await shell.run("repo copy --to offsite -q")
            #expect(taken.status == .partial)
            #expect(taken.output.isEmpty)
            #expect(taken.errors.contains("kbackup: not copied: two: There is another backup 'two'"), "\(taken.errors)")
            #expect(taken.errors.hasSuffix("kbackup: 1 of 2 backups were not copied to location 'offsite'.\n"))
            #expect(await shell.run("repo copy").status == .usage)
        }
    }
}
