import Foundation
import Operations
import Testing

@testable import KBackupCommands

@Suite("Location commands")
struct LocationCommandTests {
    @Test("A location is added, listed, checked and removed")
    func life() async throws {
        try await TestShell.with { shell in
            let add = await shell.run("location add disk file://\(shell.home)/repo")
            #expect(add.status == .complete)
            #expect(
                add.output == """
                    Location 'disk' is a new repository at 'file:///home/ann/repo'. It is used when no location is named.

                    """
            )
            #expect(
                add.errors == """
                    kbackup: The key of the backups is in '/home/ann/.config/kbackup/keys/disk.key'. Keep a copy of it \
                    elsewhere: without it nobody can read them.

                    """
            )
            let table = await shell.run("location get disk")
            #expect(
                table.output
                    == """
                    NAME   DEFAULT   URL                    ENDPOINT   REGION   LOCK   KEY
                    disk   *         file:///home/ann/repo   -          -        -      /home/ann/.config/kbackup/keys/disk.key

                    """.replacing(
                        "URL                    ",
                        with: "URL" + String(repeating: " ", count: "file://\(shell.home)/repo".count)
                    )
            )
            let json = await shell.run("location get disk -o json")
            #expect(
                json.output == """
                    {
                        "configured": true,
                        "default": true,
                        "keyFile": "/home/ann/.config/kbackup/keys/disk.key",
                        "kind": "Location",
                        "name": "disk",
                        "url": "file:///home/ann/repo"
                    }

                    """
            )
            let yaml = await shell.run("location get -o yaml")
            #expect(
                yaml.output == """
                    items:
                    - configured: true
                      default: true
                      keyFile: /home/ann/.config/kbackup/keys/disk.key
                      kind: Location
                      name: disk
                      url: file:///home/ann/repo
                    - configured: false
                      default: false
                      keyFile: /home/ann/.config/kbackup/keys/local.key
                      kind: Location
                      name: local
                      url: file:///home/ann/.local/share/kbackup/repository
                    kind: List

                    """
            )
            let check = await shell.run("location check")
            #expect(check.status == .complete)
            #expect(check.output.split(separator: "\n").count == 9)
            #expect(!check.output.contains("failed"))
            let remove = await shell.run("location remove disk")
            #expect(remove.status == .complete)
            #expect(shell.exists("repo/root"))
            #expect(await shell.run("location remove disk").status == .notFound)
        }
    }

    @Test("Quiet commands say what must be known, and nothing else")
    func quiet() async throws {
        try await TestShell.with { shell in
            let add = await shell.run("location add disk file://\(shell.home)/repo --quiet")
            #expect(add.output.isEmpty)
            #expect(add.errors.contains("Keep a copy"))
            #expect(await shell.run("location check -q").output.isEmpty)
            #expect(await shell.run("location remove disk -q").output.isEmpty)
        }
    }

    @Test("A check that fails says which step, and ends with its status")
    func failingCheck() async throws {
        try await TestShell.with { shell in
            try shell.write(
                "locations:\n- {name: gone, url: \"file:///nonexistent/kbackup\", key-file: k}\n",
                to: ".config/kbackup/config.yaml"
            )
            let check = await shell.run("location check")
            #expect(check.status == .notFound)
            #expect(check.output.contains("failed"))
            #expect(check.errors == "kbackup: Location 'gone' cannot be used as it is.\n")
        }
    }

    @Test("The default location is listed and checked before and after its first backup")
    func embedded() async throws {
        try await TestShell.withCluster { shell, _ in
            let unused = await shell.run("location check")
            #expect(unused.status == .complete)
            #expect(unused.output.contains("the first backup makes the folder"))
            #expect(await shell.run("create one -q").status == .complete)
            let variables = ["KBACKUP_URL": "file://\(shell.home)/other", "KBACKUP_KEY_FILE": "k"]
            for line in ["location get", "location get local", "location check local", "location check local -o json"] {
                let result = await shell.run(line, line.hasSuffix("get") ? variables : [:])
                #expect(result.status == .complete, "\(result.errors)")
                #expect(result.output.contains("file:///home/ann/.local/share/kbackup/repository"), "\(result.output)")
            }
        }
    }

    @Test("A location of the file whose repository is gone fails its check: no backup makes it again")
    func emptied() async throws {
        try await TestShell.with { shell in
            #expect(await shell.run("location add disk file://\(shell.home)/repo -q").status == .complete)
            try FileManager.default.removeItem(atPath: "\(shell.home)/repo/root")
            let check = await shell.run("location check")
            #expect(check.status == .notFound)
            #expect(check.output.contains("Make one with 'kbackup location add'"))
        }
    }

    @Test("Comments are not lost without a word")
    func comments() async throws {
        try await TestShell.with { shell in
            try shell.write("# by hand\noutput: table\n", to: ".config/kbackup/config.yaml")
            let add = await shell.run("location add disk file://\(shell.home)/repo")
            #expect(add.errors.contains("warning: Comments in '/home/ann/.config/kbackup/config.yaml' are not kept"))
            #expect(try shell.read(".config/kbackup/config.yaml.bak") == "# by hand\noutput: table\n")
            #expect(try shell.read(".config/kbackup/config.yaml").contains("output: table"))
        }
    }

    @Test("A bad configuration file ends every command with 64 and the line")
    func badConfiguration() async throws {
        try await TestShell.with { shell in
            try shell.write("output: table\nlocation: x\n", to: ".config/kbackup/config.yaml")
            for line in ["get", "create", "location get", "location add a file:///tmp/x", "version"] {
                let result = await shell.run(line)
                #expect(result.status == .usage)
                #expect(result.errors.contains("config.yaml', line 2: the configuration has no setting 'location'"))
            }
        }
    }

    @Test("A configuration that cannot be read ends every command with 64", arguments: ["get", "create", "version"])
    func unreadableConfiguration(line: String) async throws {
        try await TestShell.with { shell in
            let folder = await shell.run("\(line) --config \(shell.home)")
            #expect(folder.status == .usage)
            #expect(folder.errors.hasSuffix("is of no use: '/home/ann' cannot be read: Is a directory.\n"))
            try shell.write(String(repeating: "#", count: (1 << 20) + 1), to: ".config/kbackup/config.yaml")
            #expect(await shell.run(line).status == .usage)
        }
    }

    @Test(
        "What reads ends with 4 where KBACKUP_URL names no repository, and a backup makes it",
        arguments: [
            "get", "get -o json", "describe a", "restore get", "catalog rebuild", "repo stats", "repo check",
            "diff a b",
            "delete a --yes", "restore create --from-backup a",
        ]
    )
    func unusedEnvironment(line: String) async throws {
        try await TestShell.withCluster { shell, _ in
            let variables = ["KBACKUP_URL": "file://\(shell.home)/gone", "KBACKUP_PASSPHRASE": "p"]
            let result = await shell.run(line, variables)
            #expect(result.status == .notFound)
            #expect(result.errors.contains("no repository at 'file:///home/ann/gone', which KBACKUP_URL names."))
            #expect(result.output.isEmpty && !shell.exists("gone"))
            guard line == "get" else { return }
            #expect(await shell.run("create a --dry-run", variables).status == .complete)
            #expect(!shell.exists("gone"))
            #expect(await shell.run("create a", variables).status == .complete)
            #expect(await shell.run(line, variables).status == .complete)
        }
    }

    @Test("With KBACKUP_URL, variables are of the location there alone, and those of buckets say nothing about folders")
    func variablesOfOthers() async throws {
        try await TestShell.with { shell in
            #expect(await shell.run("location add disk file://\(shell.home)/repo -q").status == .complete)
            let bucket = ["KBACKUP_ENDPOINT": "https://s3.example", "KBACKUP_REGION": "eu-west-1"]
            #expect(!(await shell.run("location get -o json", bucket).output.contains("s3.example")))
            let other = ["KBACKUP_URL": "s3://b", "KBACKUP_KEY_FILE": "env.key"].merging(bucket) { _, new in new }
            let lines = await shell.run("location get", other).output.split(separator: "\n").dropFirst()
            #expect(lines.count == 3)
            for line in lines {
                let isOther = line.hasPrefix("environment")
                for text in ["s3.example", "eu-west-1", "env.key"] {
                    #expect(line.contains(text) == isOther, "\(line)")
                }
            }
            #expect(await shell.run("location check disk", other).status == .complete)
            let check = await shell.run("location check disk")
            #expect(check.output.contains("file:///home/ann/repo' is there."), "\(check.output)")
        }
    }

    @Test("A passphrase is asked for at the terminal, and only there")
    func passphrase() async throws {
        try await TestShell.with { shell in
            let add = await shell.run("location add disk file://\(shell.home)/repo --ask-passphrase", answer: "secret")
            #expect(add.status == .complete)
            #expect(add.errors == "New passphrase of location 'disk': The same passphrase again: ")
            // Each try costs a second: a passphrase is stretched.
            #expect(await shell.run("get", answer: "wrong").status == .accessDenied)
            #expect(await shell.run("get", ["KBACKUP_PASSPHRASE": "secret"]).status == .complete)
            #expect(await shell.run("get").status == .accessDenied)
        }
    }
}
