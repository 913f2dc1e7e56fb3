import Foundation
import Operations
import Testing

@testable import KBackupCommands

@Suite("Backup commands")
struct BackupCommandTests {
    @Test("A cluster is backed up into the embedded repository, and the backup is shown in every form")
    func life() async throws {
        try await TestShell.withCluster { shell, _ in
            let plan = await shell.run("create nightly --dry-run")
            #expect(plan.status == .complete, "\(plan.errors)")
            #expect(plan.output.contains("deployments.apps   v1        Deployment"))
            #expect(!shell.exists(".local/share/kbackup/repository"), "a plan makes nothing")

            let create = await shell.run("create nightly")
            #expect(create.status == .complete, "\(create.errors)")
            #expect(
                create.output.hasPrefix(
                    "Backup 'nightly' is Completed.\nLocation:  local\nObjects:   4 of 3 resources, "
                )
            )
            #expect(
                create.errors.hasPrefix(
                    "kbackup: The key of the backups is in '/home/ann/.config/kbackup/keys/local.key'."
                )
            )

            let again = await shell.run("create nightly")
            #expect(again.status == .conflict)
            #expect(again.output.isEmpty)

            let get = await shell.run("get")
            let rows = get.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(rows.first == ["NAME", "PHASE", "AGE", "OBJECTS", "SIZE", "STORED", "HOLDS"])
            #expect(rows.last?.prefix(4) == ["nightly", "Completed", "0s", "4"])

            let describe = await shell.run("describe nightly")
            for text in [
                "Cluster:   11111111-aaaa (v1.20.2)", "deployments.apps   v1", "Missing: none",
                "Started:   2026-11-22 10:15:30Z",
            ] {
                #expect(describe.output.contains(text), "\(describe.output)")
            }
            let json = try await object(shell.run("describe nightly -o json"))
            #expect(json["kind"] as? String == "Backup")
            #expect(json["startedAt"] as? String == "2026-11-22T10:15:30Z")
            #expect(json["objects"] as? Int == 4)
            let list = try await object(shell.run("get -o json"))
            #expect(list["kind"] as? String == "List")
            #expect(
                (list["items"] as? [[String: Any]])?.first.map { NSDictionary(dictionary: $0) }
                    == NSDictionary(dictionary: json)
            )
            let unchanged = await shell.run("create unchanged")
            #expect(unchanged.output.contains(", unchanged\n"), "\(unchanged.output)")
            #expect(unchanged.output.contains("Stored:    nothing new to store\n"), "\(unchanged.output)")
            #expect(await shell.run("delete unchanged --yes").status == .complete)
            let created = try await object(shell.run("create second -o json"))
            #expect(created["name"] as? String == "second")
            #expect(created["parent"] as? String == "nightly")

            let show = await shell.run("show nightly deploy/web -n shop")
            #expect(show.output.contains("kind: Deployment"))
            #expect(show.output.contains("replicas: 2"))
            #expect(await shell.run("show nightly deploy/db -n shop").status == .notFound)
        }
    }

    @Test("Without a name a backup is called after the time")
    func defaultName() async throws {
        try await TestShell.withCluster { shell, _ in
            let create = await shell.run("create --quiet")
            #expect(create.output == "backup-20261122101530\n")
            #expect(create.errors.isEmpty)
        }
    }

    @Test("What a selection names and nothing matches is told, in a plan, with the backup and in it")
    func unmatched() async throws {
        try await TestShell.withCluster { shell, _ in
            let line = "--exclude-namespaces typo --include-resources configmaps,*.example.com"
            let warnings =
                "kbackup: warning: --exclude-namespaces 'typo' matches no namespace of the cluster.\n"
                + "kbackup: warning: --include-resources '*.example.com' matches no resource of the cluster.\n"
            let plan = await shell.run("create a --dry-run \(line)")
            #expect(plan.status == .complete)
            #expect(plan.errors == warnings)
            let create = await shell.run("create a \(line)")
            #expect(create.status == .complete)
            #expect(create.errors.hasSuffix(warnings), "\(create.errors)")
            #expect(await shell.run("describe a").output.contains("'typo' matches no namespace"))
            #expect(await shell.run("create b -q \(line)").errors == warnings)
        }
    }

    @Test("What could not be listed is told, and the backup is usable")
    func partial() async throws {
        try await TestShell.withCluster { shell, cluster in
            cluster.answer("/apis/apps/v1/deployments", with: nil)
            let create = await shell.run("create nightly")
            #expect(create.status == .partial)
            #expect(create.output.hasPrefix("Backup 'nightly' is PartiallyFailed."))
            #expect(create.errors.contains("kbackup: missing: deployments.apps"))
            #expect(
                create.errors.hasSuffix(
                    "kbackup: Backup 'nightly' is usable, but 1 of its parts failed and are missing.\n"
                )
            )
            #expect(await shell.run("show nightly cm/settings -n shop").status == .complete)
            let describe = await shell.run("describe nightly")
            #expect(describe.status == .complete)
            #expect(describe.output.contains("Missing:\n  deployments.apps"))
        }
    }

    @Test("The log tells requests and decisions, and no secret")
    func debugLog() async throws {
        try await FakeBucket.run(.known) { bucket in
            try await TestShell.withCluster { shell, _ in
                let variables = [
                    "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "test-secret",
                    "AWS_SESSION_TOKEN": "test-token", "AWS_EC2_METADATA_DISABLED": "true",
                    "KBACKUP_URL": "s3://backups/k", "KBACKUP_ENDPOINT": bucket.url,
                    "KBACKUP_PASSPHRASE": "test-phrase",
                ]
                let create = await shell.run("create one --log-level debug --exclude-resources deployments", variables)
                #expect(create.status == .complete, "\(create.errors)")
                for text in [
                    "debug kbackup: request method=GET ms=", "status=200 url=http://127.0.0.1:\(bucket.port)/backups",
                    "/api/v1/configmaps?limit=500&resourceVersion=100&resourceVersionMatch=Exact",
                    "debug kbackup: resource selected resource=configmaps",
                    "debug kbackup: excluded rule=--exclude-resources deployments subject=deployments.apps",
                    "debug kbackup: building on database=none objects=none",
                ] {
                    #expect(create.errors.contains(text), "\(text) in \(create.errors)")
                }
                let again = await shell.run("create two --log-level debug --exclude-resources deployments", variables)
                #expect(again.errors.contains("objects=11111111-aaaa/one (sameSelection)"))
                for secret in ["AKIDTEST", "test-secret", "test-token", "test-phrase", "Signature"] {
                    #expect(!(create.errors + again.errors).contains(secret))
                }
                #expect(await shell.run("create three", variables).errors == "")
            }
        }
    }

    @Test("Nothing is deleted unless the user agrees")
    func deletes() async throws {
        try await TestShell.withCluster { shell, _ in
            for name in ["a", "b", "c"] { _ = await shell.run("create \(name)") }
            #expect(await shell.run("delete a").status == .usage)
            let no = await shell.run("delete a b", answer: "n")
            #expect(no.status == .failed)
            #expect(no.errors.hasPrefix("Delete 2 backups (a, b) from location 'local'? [y/N] "))
            #expect(await shell.run("delete a nope --yes").status == .notFound)
            #expect(await shell.run("get -o json").output.contains(#""name": "a""#))
            let yes = await shell.run("delete a", answer: "y")
            #expect(yes.output == "Backup 'a' is deleted.\n")
            #expect(yes.errors.hasSuffix("kbackup: Space is given back by 'kbackup repo prune'.\n"))
            #expect(await shell.run("delete b --confirm -q").output.isEmpty)
            let left = try await object(shell.run("get -o json"))
            #expect((left["items"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["c"])
        }
    }

    @Test(
        "With nothing there, reading makes nothing and says so",
        arguments: [
            ("get", Int32(0)), ("get -o json", 0), ("describe a", 4), ("show a pod/b -n c", 4), ("delete a --yes", 4),
            ("restore get", 0), ("restore describe a", 4), ("etcd restore a -o b", 4), ("catalog rebuild", 0),
            ("location check", 0),
        ]
    )
    func nothing(line: String, status: Int32) async throws {
        try await TestShell.with { shell in
            let result = await shell.run(line)
            #expect(result.status.rawValue == status, "\(result.errors)")
            #expect(!shell.exists(".local/share/kbackup/repository"))
            #expect(!shell.exists(".config/kbackup"))
            if line == "get -o json" { #expect(result.output == "{\n    \"items\": [],\n    \"kind\": \"List\"\n}\n") }
        }
    }

    @Test("A server that does not answer, and a kubeconfig that cannot be, leave nothing behind")
    func failures() async throws {
        try await TestShell.with { shell in
            let none = await shell.run("create a")
            #expect(none.status == .usage)
            try shell.write("clusters: [", to: ".kube/config")
            #expect(await shell.run("create a").status == .usage)
            let unreachable = """
                current-context: a
                contexts: [{name: a, context: {cluster: a, user: a}}]
                clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]
                users: [{name: a, user: {}}]
                """
            try shell.write(unreachable, to: ".kube/config")
            let context = await shell.run("create a --context other")
            #expect(context.status == .usage)
            #expect(context.errors.contains("'other'"))
            #expect(await shell.run("get").output.isEmpty)
        }
    }

    @Test("A reader who has gone away is no error")
    func closedOutput() async throws {
        try await TestShell.with { shell in
            let result = await shell.run("location get", output: TestShell.Sink(isClosed: true))
            #expect(result.status == .complete)
            #expect(result.errors.isEmpty)
        }
    }

    @Test("A cancelled command ends with 130")
    func interrupted() async throws {
        try await TestShell.withCluster { shell, _ in
            let task = Task { await shell.run("create a") }
            task.cancel()
            let result = await task.value
            #expect(result.status == .interrupted)
            #expect(result.errors.hasSuffix("kbackup: Interrupted.\n"))
            #expect(await shell.run("get").output.isEmpty)
        }
    }

    private func object(_ result: TestShell.Result) throws -> [String: Any] {
        #expect(result.status == .complete, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }
}
