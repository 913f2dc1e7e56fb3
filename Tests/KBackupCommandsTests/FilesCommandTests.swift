import Foundation
import Operations
import SystemPackage
import Testing

@testable import KBackupCommands

@Suite("Files commands")
struct FilesCommandTests {
    @Test("Files are backed up, listed, described, and restored")
    func life() async throws {
        try await TestShell.with { shell in
            try shell.write("one", to: "data/a.txt")
            try shell.write("two", to: "data/sub/b.txt")
            try shell.write("no", to: "data/sub/c.tmp")
            let backup = await shell.later.run("files backup data --name first --host box --exclude *.tmp")
            #expect(backup.status == .complete, "\(backup.errors)")
            #expect(backup.output.contains("Files:     2 files (6 B), "), "\(backup.output)")

            let get = await shell.run("get")
            #expect(get.output.contains("files"), "\(get.output)")
            let describe = await shell.run("describe first")
            for text in [
                "Cluster:   files-box", "Paths:               /home/ann/data", "Excluded patterns:   *.tmp",
                "paths (1 path): --exclude *.tmp", "2 new or changed",
            ] { #expect(describe.output.contains(text), "\(text): \(describe.output)") }

            let again = await shell.run("files backup data --name second --host box --exclude *.tmp -o json")
            #expect(
                again.output.contains("\"readFiles\" : 0") || again.output.contains("\"readFiles\": 0"),
                "\(again.output)"
            )
            #expect(again.output.contains("first"), "\(again.output)")

            let restore = await shell.run("files restore second --to out")
            #expect(restore.status == .complete, "\(restore.errors)")
            let home = String(shell.home.string.dropFirst())
            #expect(try shell.read("out/\(home)/data/sub/b.txt") == "two")
            #expect(!shell.exists("out/\(home)/data/sub/c.tmp"))
        }
    }

    @Test("Mistakes are told by name, and nothing is changed")
    func mistakes() async throws {
        try await TestShell.with { shell in
            try shell.write("one", to: "data/a.txt")
            #expect(await shell.run("files backup gone").status == .notFound)
            #expect(await shell.run("files backup data --name first").status == .complete)
            #expect(await shell.run("files backup data --name first").status == .conflict)
            #expect(await shell.run("files restore other --to out").status == .notFound)
            #expect(await shell.run("files restore first --to out --include /gone").status == .notFound)
            try shell.write("mine", to: "full/file")
            #expect(await shell.run("files restore first --to full").status == .conflict)
            #expect(try shell.read("full/file") == "mine")
            #expect(await shell.run("files restore first --to full --overwrite").status == .complete)
            #expect(try shell.read("full/file") == "mine")
        }
    }

    @Test("A restore of objects from a backup of files names the command for files")
    func otherRestore() async throws {
        try await TestShell.withCluster { shell, _ in
            try shell.write("one", to: "data/a.txt")
            #expect(await shell.run("files backup data --name first").status == .complete)
            let restore = await shell.run("restore create --from-backup first")
            #expect(restore.status == .notFound)
            #expect(restore.errors.contains("'kbackup files restore first --to FOLDER'"), "\(restore.errors)")
        }
    }

    @Test("A folder that cannot be restored into is told by what is in the way")
    func targets() async throws {
        try await TestShell.with { shell in
            try shell.write("one", to: "data/a.txt")
            #expect(await shell.run("files backup data --name first").status == .complete)
            try shell.write("mine", to: "file")
            for folder in ["file", "file/below"] {
                let restore = await shell.run("files restore first --to \(folder) --overwrite")
                #expect(restore.status == .conflict)
                #expect(restore.errors.contains("'/home/ann/\(folder)' is no folder, or lies in what is none."))
            }
            #expect(try shell.read("file") == "mine")
        }
    }
}
