import Foundation
import Testing

@testable import KBackupCommands
@testable import Operations

@Suite("Golden texts")
struct GoldenTextTests {
    private static let backup = BackupDocument(
        name: "nightly",
        location: "prod",
        phase: "PartiallyFailed",
        cluster: .init(id: "1111-a", version: "v1.20.2"),
        startedAt: TestShell.now,
        finishedAt: TestShell.now.addingTimeInterval(125),
        durationSeconds: 125,
        revision: "4711",
        spec: .init(
            includedNamespaces: ["shop", "team-*"],
            excludedNamespaces: [],
            includedResources: [],
            excludedResources: ["events"],
            includeClusterResources: nil,
            labelSelector: "app=web",
            includesObjects: true,
            includesEtcd: true
        ),
        namespaces: ["shop", "team-a"],
        objects: 1234,
        objectBytes: 5_242_880,
        resources: [
            .init(
                resource: "configmaps",
                version: "v1",
                kind: "ConfigMap",
                namespaced: true,
                objects: 1200,
                bytes: 5_000_000,
                changed: 3,
                atRevision: true,
                revisions: ["4711"],
                keptApart: false,
                terminating: 0
            ),
            .init(
                resource: "deployments.apps",
                version: "v1",
                kind: "Deployment",
                namespaced: true,
                objects: 34,
                bytes: 242_880,
                changed: 0,
                atRevision: false,
                revisions: ["4720"],
                keptApart: false,
                terminating: 2
            ),
            .init(
                resource: "events",
                version: "v1",
                kind: "Event",
                namespaced: true,
                objects: 1,
                bytes: 900,
                changed: 1,
                atRevision: false,
                revisions: ["17"],
                keptApart: true,
                terminating: 0
            ),
        ],
        exclusions: [
            .init(subject: "events", rule: "--exclude-resources", objects: nil),
            .init(subject: "secrets", rule: "label kbackup.io/exclude=true", objects: 1),
        ],
        failures: [FailureDocument(subject: "metrics.k8s.io/v1beta1", reason: "The server is unavailable.")],
        warnings: ["The revision was given up."],
        etcd: .init(
            endpoint: "https://127.0.0.1:2379",
            version: "3.4.23",
            revision: 42,
            revisionExact: false,
            sizeInBytes: 4_194_336,
            databaseSHA256: "abcd",
            pages: 1025,
            changedPages: 7
        ),
        parent: "before",
        written: .init(newRecords: 10, newRecordBytes: 20_000, storedBytes: 10_240, storedObjects: 2),
        program: "kbackup/test"
    )

    @Test("A description of a backup")
    func describeBackup() {
        #expect(
            BackupText.description(Self.backup) == """
                Name:      nightly
                Phase:     PartiallyFailed
                Location:  prod
                Cluster:   1111-a (v1.20.2)
                Started:   2026-11-22 10:15:30Z
                Finished:  2026-11-22 10:17:35Z
                Duration:  2m5s
                Revision:  4711, but 2 of 3 resources not of it
                Parent:    before
                Program:   kbackup/test

                Selection:
                  Included namespaces:  shop, team-*
                  Excluded namespaces:  none
                  Included resources:   all
                  Excluded resources:   events
                  Cluster resources:    all with all namespaces, otherwise those that are needed
                  Label selector:       app=web

                Namespaces:  shop, team-a

                Objects:  1,234 of 3 resources, 5.0 MiB, 4 new or changed
                Etcd:     revision at least 42, 4.0 MiB, 7 of 1,025 pages new or changed
                Stored:   10 KiB in 2 objects

                Resources:
                  RESOURCE           VERSION   OBJECTS   SIZE      CHANGED   NOTE
                  configmaps         v1        1,200     4.8 MiB   3
                  deployments.apps   v1        34        237 KiB   0         of revision 4720, 2 being deleted
                  events             v1        1         900 B     1         kept apart, of the moment it was listed

                Etcd database:
                  Endpoint:  https://127.0.0.1:2379
                  Version:   3.4.23
                  Revision:  at least 42
                  Size:      4.0 MiB
                  SHA-256:   abcd
                  Pages:     1,025, 7 changed

                Excluded:
                  events: --exclude-resources
                  secrets (1 object): label kbackup.io/exclude=true

                Missing:
                  metrics.k8s.io/v1beta1: The server is unavailable.

                Warnings:
                  The revision was given up.
                """
        )
    }

    @Test("Lines of a list of backups; the cluster shows where there are several")
    func backupTable() {
        var other = Self.backup
        other.name = "weekly"
        other.cluster.id = "2222-b"
        other.phase = "Completed"
        other.etcd = nil
        let now = TestShell.now.addingTimeInterval(3600 * 50)
        #expect(
            BackupText.table([BackupRow(Self.backup), BackupRow(other)], now: now) == """
                NAME      PHASE             AGE    OBJECTS   SIZE      STORED   HOLDS          CLUSTER
                nightly   PartiallyFailed   2d2h   1,234     9.0 MiB   10 KiB   objects,etcd   1111-a
                weekly    Completed         2d2h   1,234     5.0 MiB   10 KiB   objects        2222-b
                """
        )
        #expect(!BackupText.table([BackupRow(other)], now: now).contains("CLUSTER"))
    }

    @Test("What finishes a restore can be pasted into a shell")
    func finishingCommand() {
        var restore = Self.restore
        #expect(restore.finishingCommand(flags: []) == nil)
        restore.phase = "Interrupted"
        restore.spec.includedNamespaces = ["team-*", "it's"]
        restore.spec.labelSelector = "app=web,!old"
        #expect(
            restore.finishingCommand(flags: ["--storage-location", "prod"]) == """
                kbackup restore create back --from-backup nightly --cluster 1111-a --include-namespaces 'team-*,it'\\''s' \
                --selector 'app=web,!old' --include-cluster-resources true --namespace-mappings a:b,shop:copy \
                --storage-location prod
                """
        )
    }

    private static let restore = RestoreDocument(
        name: "back",
        location: "prod",
        phase: "PartiallyFailed",
        backup: "nightly",
        backupCluster: "1111-a",
        targetCluster: "2222-b",
        startedAt: TestShell.now,
        finishedAt: TestShell.now.addingTimeInterval(9),
        durationSeconds: 9,
        spec: .init(
            includedNamespaces: [],
            excludedNamespaces: [],
            includedResources: [],
            excludedResources: [],
            includeClusterResources: true,
            labelSelector: "",
            namespaceMappings: ["shop": "copy", "a": "b"]
        ),
        created: 1000,
        updated: 0,
        unchanged: 5,
        skippedObjects: 3,
        conflictingObjects: 1,
        failed: 1,
        resources: [
            .init(resource: "pods", created: 1000, updated: 0, unchanged: 5, conflicts: 1, skipped: 3, failed: 1)
        ],
        skipped: [],
        conflicts: [FailureDocument(subject: "pods/copy/a", reason: "exists and differs in spec")],
        failures: [FailureDocument(subject: "pods/copy/b", reason: "refused")],
        warnings: [],
        omitted: .init(skipped: 0, conflicts: 0, failures: 1200, warnings: 0),
        program: "kbackup/test"
    )

    @Test("A description of a restore")
    func describeRestore() {
        #expect(
            RestoreText.description(Self.restore) == """
                Name:              back
                Phase:             PartiallyFailed
                Location:          prod
                Backup:            nightly
                Backup's cluster:  1111-a
                Target cluster:    2222-b
                Started:           2026-11-22 10:15:30Z
                Finished:          2026-11-22 10:15:39Z
                Program:           kbackup/test

                Selection:
                  Included namespaces:  all
                  Excluded namespaces:  none
                  Included resources:   all
                  Excluded resources:   none
                  Cluster resources:    all
                  Label selector:       none
                  Namespace mappings:   a:b, shop:copy

                Created:    1,000
                Unchanged:  5
                Skipped:    3
                Conflicts:  1
                Failed:     1
                Duration:   9s

                Resources:
                  RESOURCE   CREATED   UPDATED   UNCHANGED   SKIPPED   CONFLICTS   FAILED
                  pods       1,000     0         5           3         1           1

                Failed:
                  pods/copy/b: refused
                  and 1,200 more

                Different, and left as they are:
                  pods/copy/a: exists and differs in spec

                Skipped: none
                """
        )
    }

    @Test("The machine-readable shape of a restore")
    func restoreYAML() throws {
        var restore = Self.restore
        restore.resources = []
        let text = try MachineText.yaml(restore)
        #expect(
            text == """
                backup: nightly
                backupCluster: "1111-a"
                conflictingObjects: 1
                conflicts:
                - reason: exists and differs in spec
                  subject: pods/copy/a
                created: 1000
                durationSeconds: 9
                failed: 1
                failures:
                - reason: refused
                  subject: pods/copy/b
                finishedAt: "2026-11-22T10:15:39Z"
                kind: Restore
                location: prod
                name: back
                omitted:
                  conflicts: 0
                  failures: 1200
                  skipped: 0
                  warnings: 0
                phase: PartiallyFailed
                program: kbackup/test
                resources: []
                skipped: []
                skippedObjects: 3
                spec:
                  excludedNamespaces: []
                  excludedResources: []
                  includeClusterResources: true
                  includedNamespaces: []
                  includedResources: []
                  labelSelector: ""
                  namespaceMappings:
                    a: b
                    shop: copy
                startedAt: "2026-11-22T10:15:30Z"
                targetCluster: "2222-b"
                unchanged: 5
                updated: 0
                warnings: []

                """,
            "\(text)"
        )
    }
}
