import BackupEngine
import Foundation
import Repository
import RestoreEngine
import Testing

@testable import Operations

/// Documents in a repository are read by programs of other versions than the one that wrote them.
@Suite("Documents of other versions")
struct VersionToleranceTests {
    private static let shortReport = """
        {"name":"back","backup":"nightly","targetCluster":"2222-b","phase":"PartiallyFailed",
        "startedAt":"2026-11-22T10:15:30Z","resources":[{"group":"","resource":"pods","created":3}],
        "failures":[{"subject":"pods/shop/a","reason":"refused"}],"omitted":{"failures":2},
        "spec":{"includedNamespaces":["shop"]}}
        """

    @Test("A restore's report without the fields of later versions has their defaults")
    func olderReport() throws {
        let report = try RestoreReport.decode(Array(Self.shortReport.utf8))
        #expect(report.name == "back")
        #expect(report.phase == .partiallyFailed)
        #expect(report.backupCluster == "")
        #expect(report.resources.map(\.created) == [3])
        #expect(report.resources.map(\.failed) == [0])
        #expect(report.failures.map(\.reason) == ["refused"])
        #expect(report.omitted.failures == 2)
        #expect(report.omitted.warnings == 0)
        #expect(report.warnings == [])
        #expect(report.spec.includedNamespaces == ["shop"])
        #expect(report.spec.namespaceMappings == [:])
        #expect(report.spec.includeClusterResources == nil)
    }

    @Test("Fields of later versions are passed over in a restore's report, at every level")
    func newerReport() throws {
        let new = #""verification":{"depth":[1,2]},"#
        let newer = Self.shortReport.replacing("{\"", with: "{\(new)\"")
        #expect(newer.split(separator: new).count > 5)
        let expected = try RestoreReport.decode(Array(Self.shortReport.utf8)).encoded()
        #expect(try RestoreReport.decode(Array(newer.utf8)).encoded() == expected)
    }

    @Test("What is written is read back as it was")
    func reportRoundTrip() throws {
        let full = """
            {"backup":"nightly","backupCluster":"1111-a","clusterFlags":["--context","t"],
            "conflicts":[{"reason":"r","subject":"c"}],"failures":[{"reason":"r","subject":"f"}],"finishedAt":"2026-11-22T10:15:40Z","message":"m","name":"back",
            "nextReportBy":"2026-11-22T10:15:50Z","omitted":{"conflicts":1,"failures":2,"skipped":3,"warnings":4},
            "phase":"Failed","planned":9,"program":"kbackup/test","resources":[{"conflicts":1,"created":2,"failed":3,
            "group":"apps","resource":"deployments","skipped":4,"unchanged":5,"updated":6}],"run":"u",
            "skipped":[{"reason":"r","subject":"s"}],"spec":{"excludedNamespaces":["a"],"excludedResources":["b"],
            "includeClusterResources":false,"includedNamespaces":["c"],"includedResources":["d"],"labelSelector":"e=f",
            "namespaceMappings":{"g":"h"}},"startedAt":"2026-11-22T10:15:30Z","targetCluster":"2222-b","warnings":["w"]}
            """.replacing("\n", with: "")
        #expect(String(decoding: try RestoreReport.decode(Array(full.utf8)).encoded(), as: UTF8.self) == full)
    }

    private static let shortDetails = """
        {"name":"nightly","phase":"Completed","cluster":{"id":"1111-a"},"startedAt":"2026-11-22T10:15:30Z",
        "finishedAt":"2026-11-22T10:15:40Z","resources":[{"group":"","version":"v1","resource":"pods","kind":"Pod",
        "isNamespaced":true,"objects":3}],"etcd":{"revision":7,"sizeInBytes":4128,"databaseSHA256":"00","pageSize":4096},
        "statistics":{"newRecords":5},"exclusions":[{"subject":"events","rule":"built in"}]}
        """

    @Test("A backup's details without the fields of later versions have their defaults")
    func olderDetails() throws {
        let details = try BackupDetails.decode(Array(Self.shortDetails.utf8))
        #expect(details.name == "nightly")
        #expect(details.cluster.version == "")
        #expect(details.resources.map(\.objects) == [3])
        #expect(details.resources.allSatisfy { $0.isAtRevision && !$0.isKeptApart && $0.revisions == [] })
        #expect(details.etcd?.isRevisionExact == false)
        #expect(details.etcd?.revision == 7)
        #expect(details.statistics.newRecords == 5)
        #expect(details.statistics.storedBytes == 0)
        #expect(details.spec == BackupSpec())
        #expect(details.failures == [])
        #expect(details.program == "")
    }

    @Test("Fields of later versions are passed over in a backup's details, at every level")
    func newerDetails() throws {
        let new = #""volumes":[{"depth":1}],"#
        let newer = Self.shortDetails.replacing("{\"", with: "{\(new)\"")
        #expect(newer.split(separator: new).count > 5)
        let expected = try BackupDetails.decode(Array(Self.shortDetails.utf8)).encoded()
        #expect(try BackupDetails.decode(Array(newer.utf8)).encoded() == expected)
    }

    @Test("What a backup writes is read back as it was")
    func detailsRoundTrip() throws {
        let full = """
            {"cluster":{"id":"1111-a","version":"v1.20.2"},"etcd":{"changedPages":1,"clusterID":"ab","databaseSHA256":"00",
            "endpoint":"e","isRevisionExact":true,"pageSize":4096,"pages":2,"revision":7,"sizeInBytes":3,"version":"3.5"},
            "exclusions":[{"objects":2,"rule":"r","subject":"s"}],"failures":[{"reason":"r","subject":"f"}],
            "files":{"bytes":1,"excludes":["x"],"files":2,"folders":3,"others":4,"paths":["/y"],"readBytes":5,"readFiles":6,
            "staysOnFileSystem":true,"symbolicLinks":7},
            "finishedAt":"2026-11-22T10:15:40Z","name":"nightly","namespaces":["shop"],"parent":"p",
            "phase":"PartiallyFailed","program":"kbackup/test","resources":[{"bytes":1,"changed":2,"group":"apps",
            "isAtRevision":false,"isKeptApart":true,"isNamespaced":true,"kind":"Deployment","objects":3,
            "resource":"deployments","revisions":["4"],"terminating":5,"version":"v1"}],"revision":"6",
            "spec":{"excludedNamespaces":["a"],"excludedResources":["b"],"includeClusterResources":true,
            "includedNamespaces":["c"],"includedResources":["d"],"includesEtcd":true,"includesObjects":false,
            "labelSelector":"e=f"},"startedAt":"2026-11-22T10:15:30Z","statistics":{"newRecordBytes":1,"newRecords":2,
            "storedBytes":3,"storedObjects":4},"warnings":["w"]}
            """.replacing("\n", with: "")
        #expect(String(decoding: try BackupDetails.decode(Array(full.utf8)).encoded(), as: UTF8.self) == full)
    }

    @Test("What says neither what it is nor how it ended is refused", arguments: ["name", "phase"])
    func missing(field: String) {
        func without(_ text: String) -> [UInt8] { Array(text.replacing("\"\(field)\":", with: "\"x\":").utf8) }
        #expect(throws: (any Error).self) { try RestoreReport.decode(without(Self.shortReport)) }
        #expect(throws: (any Error).self) { try BackupDetails.decode(without(Self.shortDetails)) }
    }
}
