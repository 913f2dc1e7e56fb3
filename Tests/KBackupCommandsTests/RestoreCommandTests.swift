import Foundation
import Operations
import Synchronization
import Testing

@testable import KBackupCommands

@Suite("Restore commands")
struct RestoreCommandTests {
    /// A cluster with the backup `nightly`, from which everything but its namespaces has been deleted.
    private func withBackup(_ body: @escaping (TestShell, ScriptedCluster) async throws -> Void) async throws {
        try await ScriptedCluster.run { cluster in
            try await TestShell.with { shell in
                try shell.write(cluster.kubeconfig, to: ".kube/config")
                let create = await shell.run("create nightly")
                #expect(create.status == .complete, "\(create.errors)")
                try await body(shell, cluster)
            }
        }
    }

    private func item(_ shell: TestShell, _ name: String = "back") async throws -> [String: Any] {
        let result = await shell.run("restore get \(name) -o json")
        #expect(result.status == .complete, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test("A restore that fails midway is on record, and the same command finishes it")
    func failure() async throws {
        try await withBackup { shell, cluster in
            cluster.beforeCreates { $0.hasSuffix("/deployments") ? 401 : nil }
            let failed = await shell.run(
                "restore create back --from-backup nightly",
                ["KBACKUP_KUBECONFIG": ".kube/config"]
            )
            #expect(failed.status == .accessDenied)
            #expect(failed.errors.contains("Restore 'back' was cut off: it was through with 3 of 4 objects."))
            #expect(failed.errors.contains("finished with: kbackup restore create back --from-backup nightly"))
            var restore = try await item(shell)
            #expect(restore["phase"] as? String == "Failed")
            #expect((restore["message"] as? String)?.isEmpty == false)
            #expect(restore["created"] as? Int == 2)
            #expect(restore["remaining"] as? Int == 1)
            let description = await shell.run("restore describe back")
            #expect(description.output.contains("Phase:             Failed\nReason:"))
            #expect(description.output.contains("Finish with:       kbackup restore create back --from-backup nightly"))
            #expect(description.output.contains("Not reached:  1"))
            // Not another cluster, nor a backup of that name elsewhere.
            #expect(description.output.contains("--kubeconfig /home/ann/.kube/config --storage-location local\n"))
            #expect((restore["finishWith"] as? String)?.hasSuffix("--storage-location local") == true)
            #expect(await shell.run("restore get --cluster 77").status == .notFound)

            cluster.beforeCreates(nil)
            let finished = await shell.run("restore create back --from-backup nightly")
            #expect(finished.status == .complete, "\(finished.errors)")
            #expect(finished.errors.contains("It is gone on with."))
            restore = try await item(shell)
            #expect(restore["phase"] as? String == "Completed")
            #expect(restore["message"] == nil)
            #expect(restore["created"] as? Int == 1)
            #expect(restore["unchanged"] as? Int == 3)
            let table = await shell.run("restore get")
            #expect(table.output.split(separator: "\n").count == 2)
            #expect(await shell.run("restore create back --from-backup nightly").status == .conflict)
        }
    }

    @Test("A restore whose name was made up is finished by the command that is told")
    func finishingCommand() async throws {
        try await withBackup { shell, cluster in
            cluster.beforeCreates { $0.hasSuffix("/deployments") ? 401 : nil }
            let failed = await shell.run(
                "restore create --from-backup nightly --include-resources namespaces,deployments --kubeconfig .kube/config"
            )
            #expect(failed.status == .accessDenied)
            cluster.beforeCreates(nil)
            let told = try #require(failed.errors.split(separator: "finished with: kbackup ").dropFirst().first)
            let command = String(told.prefix { $0 != "\n" }).replacing("/home/ann", with: "\(shell.home)")
            #expect(command.hasPrefix("restore create nightly-"))
            #expect(command.contains("--include-resources namespaces,deployments --kubeconfig"))
            let finished = await shell.run(command)
            #expect(finished.status == .complete, "\(finished.errors)")
            #expect(finished.errors.contains("It is gone on with."))
        }
    }

    @Test("Two namespaces cannot be restored as one")
    func oneTarget() async throws {
        try await withBackup { shell, _ in
            let result = await shell.run("restore create --from-backup nightly --namespace-mappings a:x,b:x")
            #expect(result.status == .usage)
            #expect(result.errors.contains("Namespaces 'a' and 'b' are both mapped to 'x'"))
        }
    }

    @Test("After a restore that was cut off, one of another name works")
    func otherName() async throws {
        try await withBackup { shell, cluster in
            cluster.beforeCreates { $0.hasSuffix("/deployments") ? 401 : nil }
            #expect(await shell.run("restore create back --from-backup nightly").status == .accessDenied)
            cluster.beforeCreates(nil)
            let other = await shell.run("restore create again --from-backup nightly")
            #expect(other.status == .complete, "\(other.errors)")
            let phases = [try await item(shell)["phase"], try await item(shell, "again")["phase"]] as? [String]
            #expect(phases == ["Failed", "Completed"])
        }
    }

    @Test("A restore that is interrupted is on record, with what it did")
    func interruption() async throws {
        try await withBackup { shell, cluster in
            let (started, start) = AsyncStream<Void>.makeStream()
            let box = TaskBox()
            cluster.beforeCreates { path in
                if path.hasSuffix("/deployments") { box.cancel() }
                return nil
            }
            let task = Task {
                for await _ in started {}
                return await shell.run("restore create back --from-backup nightly")
            }
            box.set(task)
            start.finish()
            let result = await task.value
            #expect(result.status == .interrupted)
            #expect(result.errors.contains("Restore 'back' was cut off: it was through with 3 of 4 objects."))
            cluster.beforeCreates(nil)
            let restore = try await item(shell)
            #expect(restore["phase"] as? String == "Interrupted")
            #expect(restore["message"] as? String == "Interrupted.")
            #expect(restore["created"] as? Int == 2)
            let finished = await shell.run("restore create back --from-backup nightly -o json")
            #expect(finished.status == .complete, "\(finished.errors)")
        }
    }

    /// A task that another thread cancels.
    private final class TaskBox: Sendable {
        private let task = Mutex<Task<TestShell.Result, Never>?>(nil)

        func set(_ task: Task<TestShell.Result, Never>) { self.task.withLock { $0 = task } }

        func cancel() { task.withLock { $0 }?.cancel() }
    }
}
