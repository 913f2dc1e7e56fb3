import Foundation
import Operations
import Testing

@testable import KBackupCommands

@Suite("Buckets with and without object lock")
struct ObjectLockTests {
    private let credentials = [
        "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_EC2_METADATA_DISABLED": "true",
    ]

    @Test("Every object that is left in the bucket is locked, and the location shows it")
    func locked() async throws {
        try await FakeBucket.run(.known) { bucket in
            bucket.turnObjectLockOn()
            try await TestShell.withCluster { shell, _ in
                let add = await shell.run(
                    "location add b s3://backups/k --endpoint \(bucket.url) --object-lock compliance --retain 30d",
                    credentials
                )
                #expect(add.status == .complete, "\(add.errors)")
                let file = try shell.read(".config/kbackup/config.yaml")
                #expect(file.contains("object-lock: compliance\n"))
                #expect(file.contains("retain: \"30d\"\n"))
                #expect(await shell.run("location get").output.contains("compliance 30d"))
                #expect(await shell.run("location get b -o json").output.contains("\"objectLock\": \"compliance\""))
                #expect(await shell.run("create one", credentials).status == .complete)
                #expect(await shell.run("create two", credentials).status == .complete)
                #expect(Set(bucket.locks.keys) == Set(bucket.keys))
                for (key, lock) in bucket.locks where key != "k/root" {
                    #expect(lock == "COMPLIANCE 2026-12-22T10:15:30Z", "\(key)")
                }
                let check = await shell.run("location check", credentials)
                #expect(check.status == .complete, "\(check.output)")
                #expect(check.output.contains("The bucket keeps what is written from deletion for 30d (compliance)."))
            }
        }
    }

    @Test("A bucket that has none is refused, and nothing is made there")
    func refused() async throws {
        try await FakeBucket.run(.known) { bucket in
            try await TestShell.with { shell in
                let add = await shell.run(
                    "location add b s3://backups/k --endpoint \(bucket.url) --object-lock governance --retain 2w",
                    credentials
                )
                #expect(add.status == .failed)
                #expect(add.errors.contains("The bucket 'backups' has no object lock."), "\(add.errors)")
                #expect(bucket.keys.isEmpty)
                #expect(!shell.exists(".config/kbackup/config.yaml"))
            }
        }
    }
}
