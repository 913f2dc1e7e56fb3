import Operations
import Testing

@testable import KBackupCommands

@Suite("Key commands")
struct KeyCommandTests {
    @Test("Keys are listed, added, replaced and removed")
    func life() async throws {
        try await TestShell.with { shell in
            #expect(await shell.run("location add disk file://\(shell.home)/repo").status == .complete)
            let add = await shell.run("repo key add --new-key-file safe.key --label safe")
            #expect(add.status == .complete, "\(add.errors)")
            #expect(add.output.hasPrefix("The new key file 'safe.key' opens the repository, by key slot "))
            let list = await shell.run("repo key list")
            let lines = list.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines[0] == ["ID", "YOURS", "TYPE", "CREATED", "LABEL"])
            #expect(lines[1].dropFirst() == ["*", "key-file", "2026-11-22", "10:15:30Z", "-"])
            #expect(lines[2].dropFirst() == ["key-file", "2026-11-22", "10:15:30Z", "safe"])
            let rotate = await shell.run("repo key rotate")
            #expect(rotate.status == .complete, "\(rotate.errors)")
            #expect(rotate.output.contains("The key in '/home/ann/.config/kbackup/keys/disk.key' is a new one"))
            #expect(await shell.run("get").status == .complete)
            let json = await shell.run("repo key list -o json")
            #expect(json.output.contains("\"label\": \"safe\""))
            let unknown = await shell.run("repo key remove nope", answer: "y")
            #expect(unknown.status == .notFound)
            #expect(!unknown.errors.contains("[y/N]"), "\(unknown.errors)")
            let own = try #require(json.output.firstMatch(of: /"id": "([0-9a-f]{16})",\s+"inUse": true/)).1
            let refused = await shell.run("repo key remove \(own)", answer: "y")
            #expect(refused.status == .conflict)
            #expect(!refused.errors.contains("[y/N]"), "\(refused.errors)")
            let remove = await shell.run("repo key remove \(lines[2][0])")
            #expect(remove.status == .usage, "nobody agreed")
            #expect(await shell.run("repo key remove \(lines[2][0])", answer: "y").status == .complete)
            #expect(await shell.run("repo key list --key-file safe.key").status == .accessDenied)
            #expect(await shell.run("repo key remove \(lines[2][0]) --yes").status == .notFound)
        }
    }

    @Test("Without a terminal, what may give the new passphrase is told")
    func noTerminal() async throws {
        try await TestShell.with { shell in
            #expect(await shell.run("location add disk file://\(shell.home)/repo").status == .complete)
            let add = await shell.run("repo key add")
            #expect(add.status == .accessDenied)
            for text in [
                "new passphrase", "KBACKUP_NEW_PASSPHRASE_FILE", "KBACKUP_NEW_PASSPHRASE,", "--new-passphrase-file",
                "--new-key-file",
            ] { #expect(add.errors.contains(text), "\(text): \(add.errors)") }
            #expect(!add.errors.contains(" --key-file"))
        }
    }

    @Test("A passphrase is never an argument, and quiet commands print the slot")
    func passphrases() async throws {
        try await TestShell.with { shell in
            #expect(await shell.run("location add disk file://\(shell.home)/repo").status == .complete)
            let add = await shell.run("repo key add -q", answer: "secret")
            #expect(add.errors == "New passphrase of location 'disk': The same passphrase again: ")
            #expect(add.output.count == 17)
            #expect(await shell.run("get --key-file none", ["KBACKUP_PASSPHRASE": "secret"]).status == .accessDenied)
            #expect(await shell.run("get", ["KBACKUP_PASSPHRASE": "secret"]).status == .complete)
            #expect(await shell.run("repo key add --passphrase secret").status == .usage)
        }
    }
}
