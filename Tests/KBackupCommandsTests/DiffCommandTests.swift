import Foundation
import Operations
import Testing

@testable import KBackupCommands

@Suite("kbackup diff")
struct DiffCommandTests {
    /// Two backups: the second without the configuration, and with another number of replicas.
    private func withBackups(_ body: (TestShell) async throws -> Void) async throws {
        try await TestShell.withCluster { shell, cluster in
            #expect(await shell.run("create one").status == .complete)
            cluster.answer(
                "/api/v1/configmaps",
                with: #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"100"},"items":[]}"#
            )
            #expect(await shell.run("create two").status == .complete)
            try await body(shell)
        }
    }

    @Test("Differences are shown in every form, and change the exit code where that is asked for")
    func forms() async throws {
        try await withBackups { shell in
            let table = await shell.run("diff one two")
            #expect(table.status == .complete, "\(table.errors)")
            #expect(table.output == "removed  configmaps/shop/settings\nObjects: 0 added, 1 removed, 0 changed.\n")
            #expect(await shell.run("backup diff two one").output.hasPrefix("added    configmaps/shop/settings\n"))
            #expect(await shell.run("diff one two -o name").output == "configmaps/shop/settings\n")

            let json = await shell.run("diff one two -o json").output
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            )
            #expect(document.keys.sorted() == ["from", "kind", "location", "notCompared", "objects", "summary", "to"])
            let object = (document["objects"] as? [[String: String]])?.first
            #expect(
                object == ["change": "removed", "resource": "configmaps", "namespace": "shop", "name": "settings"]
            )
            #expect(
                await shell.run("diff one two -o yaml").output == """
                    from: one
                    kind: BackupComparison
                    location: local
                    notCompared: []
                    objects:
                    - change: removed
                      name: settings
                      namespace: shop
                      resource: configmaps
                    summary:
                      added: 0
                      changed: 0
                      removed: 1
                    to: two

                    """
            )

            let told = await shell.run("diff one two --exit-code")
            #expect(told.status == .partial)
            #expect(told.errors == "kbackup: The backups 'one' and 'two' differ.\n")
            #expect(await shell.run("diff one one --exit-code").status == .complete)
            #expect(await shell.run("diff one one").output == "Objects: no difference.\n")
            let equal = try JSONSerialization.jsonObject(
                with: Data(await shell.run("diff one one -o json").output.utf8)
            )
            #expect(((equal as? [String: Any])?["objects"] as? [Any])?.isEmpty == true)
            #expect(await shell.run("diff one three").status == .notFound)
            #expect(await shell.run("diff one two -o wide").status == .usage)
            #expect(await shell.run("diff one two -o name", output: .init(isClosed: true)).status == .complete)
        }
    }
}
