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
