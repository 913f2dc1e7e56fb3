import Foundation
import Operations
import Testing

@testable import KBackupCommands

@Suite("Buckets with and without conditional writes")
struct ConditionalWriteTests {
    private let credentials = [
        "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_EC2_METADATA_DISABLED": "true",
    ]

    @Test("A server that does not know them is recognised, told, and used with care", arguments: [false, true])
    func without(refuses: Bool) async throws {
        try await FakeBucket.run(refuses ? .refused : .ignored) { bucket in
            try await TestShell.withCluster { shell, _ in
                let add = await shell.run(
                    "location add b s3://backups/k --endpoint \(bucket.url) --path-style true",
                    credentials
                )
                #expect(add.status == .complete, "\(add.errors)")
                #expect(
                    add.errors.hasPrefix(
                        "kbackup: warning: The server of 's3://backups/k' does not know conditional writes."
                    ),
                    "\(add.errors)"
                )
                let file = try shell.read(".config/kbackup/config.yaml")
                #expect(file.contains("conditional-writes: false"))
                #expect(bucket.keys == ["k/root"], "the probe is gone")

                let create = await shell.run("create one", credentials)
                #expect(create.status == .complete, "\(create.errors)")
                #expect(await shell.run("create one", credentials).status == .conflict)
                #expect(await shell.run("show one cm/settings -n shop", credentials).status == .complete)
                // Another machine finds out for itself.
                let again = await shell.run(
                    "location add c s3://backups/k --endpoint \(bucket.url) --key-file .config/kbackup/keys/b.key",
                    credentials
                )
                #expect(again.status == .complete, "\(again.errors)")
                #expect(again.errors.contains("does not know conditional writes"))

                let check = await shell.run("location check b", credentials)
                #expect(check.status == .complete, "\(check.output)\(check.errors)")
                #expect(check.output.contains("The server does not know conditional writes."))
                // Who does not set it is told.
                let wrong = await shell.run(
                    "location check b",
                    credentials.merging(["KBACKUP_CONDITIONAL_WRITES": "true"]) { $1 }
                )
                #expect(wrong.status == .failed)
                #expect(wrong.output.contains("Set 'conditional-writes: false'"), "\(wrong.output)")
                #expect(!bucket.keys.contains { $0.contains("probe") })
            }
        }
    }

    @Test("A server that knows them is used with them, and one that is set not to is told to")
    func with() async throws {
        try await FakeBucket.run(.known) { bucket in
            try await TestShell.withCluster { shell, _ in
                let add = await shell.run("location add b s3://backups/k --endpoint \(bucket.url)", credentials)
                #expect(add.status == .complete, "\(add.errors)")
                #expect(!add.errors.contains("warning"))
                let file = try shell.read(".config/kbackup/config.yaml")
                #expect(!file.contains("conditional-writes"))
                #expect(bucket.keys == ["k/root"])
                #expect(await shell.run("create one", credentials).status == .complete)
                #expect(await shell.run("create one", credentials).status == .conflict)
                let check = await shell.run("location check b", credentials)
                #expect(check.output.contains("A second write under the same name was refused, as it must be."))
                let careful = await shell.run(
                    "location check b",
                    credentials.merging(["KBACKUP_CONDITIONAL_WRITES": "false"]) { $1 }
                )
                #expect(careful.status == .complete)
                #expect(careful.output.contains("Remove 'conditional-writes: false'"), "\(careful.output)")
            }
        }
    }

    @Test("Nothing is written to a bucket before it is known to be free, and the key to be readable")
    func looksFirst() async throws {
        try await FakeBucket.run(.known) { bucket in
            try await TestShell.with { shell in
                let line = "location add b s3://backups/k --endpoint \(bucket.url)"
                try shell.write("no key\n", to: "bad.key")
                #expect(await shell.run("\(line) --key-file bad.key", credentials).status == .accessDenied)
                bucket.put("mine", at: "k/notes.txt")
                #expect(await shell.run(line, credentials).status == .conflict)
                #expect(bucket.writes == [])
                #expect(!shell.exists(".config/kbackup/keys/b.key"))

                let other = "location add b s3://backups/o --endpoint \(bucket.url)"
                #expect(await shell.run(other, credentials).status == .complete)
                let writes = bucket.writes
                #expect(writes.count == 3 && Set(writes).count == 2 && writes.last == "o/root", "one probe: \(writes)")
                let wrong = await shell.run(
                    "location add c s3://backups/o --endpoint \(bucket.url) --key-file bad.key",
                    credentials
                )
                #expect(wrong.status == .accessDenied)
                #expect(bucket.writes == writes)
            }
        }
    }

    @Test(
        "A bucket that only variables name is used by every command, from the first backup on",
        arguments: [true, false]
    )
    func environment(knows: Bool) async throws {
        try await FakeBucket.run(knows ? .known : .ignored) { bucket in
            try await TestShell.withCluster { shell, _ in
                var variables = credentials.merging([
                    "KBACKUP_URL": "s3://backups/k", "KBACKUP_ENDPOINT": bucket.url, "KBACKUP_KEY_FILE": "env.key",
                ]) { $1 }
                if !knows {
                    // Nothing remembers what a server is found to be.
                    let unsaid = await shell.run("create one", variables)
                    #expect(unsaid.status == .usage)
                    #expect(unsaid.errors.contains("Set KBACKUP_CONDITIONAL_WRITES=false"))
                    #expect(bucket.keys == [])
                    variables["KBACKUP_CONDITIONAL_WRITES"] = "false"
                }
                #expect(await shell.run("location check", variables).status == .complete)
                #expect(await shell.run("get", variables).status == .notFound)
                #expect(await shell.run("describe one", variables).status == .notFound)
                let create = await shell.run("create one", variables)
                #expect(create.status == .complete, "\(create.errors)")
                #expect(create.errors.contains("A new repository was made at 's3://backups/k' (KBACKUP_URL)."))
                #expect(create.errors.contains("The key of the backups is in '/home/ann/env.key'."))
                #expect(await shell.run("create two", variables).errors == "")
                #expect(await shell.run("get", variables).output.contains("two"))
                for line in [
                    "describe one", "show one cm/settings -n shop", "restore create r --from-backup one", "restore get",
                    "restore describe r", "location get environment", "location check environment",
                    "get --storage-location environment", "catalog rebuild", "delete two --yes",
                ] {
                    let result = await shell.run(line, variables)
                    #expect(result.status == .complete, "\(line): \(result.errors)")
                }
            }
        }
    }

    @Test("A warning that arises twice is told once")
    func oneWarning() async throws {
        try await FakeBucket.run(.ignored) { bucket in
            try await TestShell.with { shell in
                let line = "location add b s3://backups/k --endpoint \(bucket.url) --insecure-skip-tls-verify"
                let add = await shell.run(line, credentials)
                #expect(add.status == .complete, "\(add.errors)")
                #expect(add.errors.components(separatedBy: "is not verified").count == 2, "\(add.errors)")
            }
        }
    }

    @Test("Who may only read can add a location that is there")
    func readOnly() async throws {
        try await FakeBucket.run(.ignored) { bucket in
            try await TestShell.withCluster { shell, _ in
                let line = "location add b s3://backups/k --endpoint \(bucket.url)"
                #expect(await shell.run(line, credentials).status == .complete)
                #expect(await shell.run("create one", credentials).status == .complete)
                bucket.becomeReadOnly()
                let add = await shell.run(
                    "location add c s3://backups/k --endpoint \(bucket.url) --key-file .config/kbackup/keys/b.key --default",
                    credentials
                )
                #expect(add.status == .complete, "\(add.errors)")
                #expect(await shell.run("show one cm/settings -n shop", credentials).status == .complete)
            }
        }
    }
}
