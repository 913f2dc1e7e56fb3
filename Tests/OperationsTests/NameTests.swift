import Foundation
import Repository
import Testing

@testable import Operations

@Suite("Names")
struct NameTests {
    @Test(
        "Names of backups are those of Kubernetes",
        arguments: ["a", "nightly-1", "v1.2.3", "0", String(repeating: "a", count: 253)]
    )
    func good(name: String) {
        #expect(ResourceName.isSubdomain(name))
    }

    @Test(
        "Other names are refused",
        arguments: [
            "", "-a", "a-", "A", "a_b", "a/b", "a..b", ".", "..", "ä", "a b", String(repeating: "a", count: 254),
        ]
    )
    func bad(name: String) throws {
        #expect(!ResourceName.isSubdomain(name))
        let error = try #require(throws: OperationError.self) { try ResourceName.check(name, of: "backup") }
        #expect(error.code == .usage)
    }

    @Test("A label has no dots and up to 63 letters")
    func labels() {
        #expect(ResourceName.isLabel("prod-1"))
        #expect(!ResourceName.isLabel("a.b"))
        #expect(!ResourceName.isLabel(String(repeating: "a", count: 64)))
    }

    @Test("A name that the program chooses holds the time in UTC, and is a name")
    func timestamps() {
        #expect(TimestampedName.make("backup", at: TestUser.now) == "backup-20261122101530")
        let long = TimestampedName.make(
            String(repeating: "a", count: 237) + "-" + String(repeating: "b", count: 15),
            at: TestUser.now
        )
        #expect(ResourceName.isSubdomain(long))
        #expect(long.hasSuffix("a-20261122101530"))
    }

    private let listed = [
        SnapshotName(cluster: "1111-a", name: "nightly"), SnapshotName(cluster: "2222-b", name: "nightly"),
        SnapshotName(cluster: "2222-b", name: "weekly"),
    ]

    private func find(_ name: String, _ cluster: String? = nil) throws(OperationError) -> SnapshotName {
        try NameLookup.find(name, cluster: cluster, what: "backup", among: listed, in: "prod")
    }

    @Test("A backup is found by its name; the start of a cluster's id chooses between several")
    func found() throws {
        #expect(try find("weekly").cluster == "2222-b")
        #expect(try find("nightly", "11").cluster == "1111-a")
        #expect(try find("nightly", "2222-b").cluster == "2222-b")
    }

    @Test("One name in two clusters is a conflict that names them")
    func ambiguous() throws {
        let error = try #require(throws: OperationError.self) { try find("nightly") }
        #expect(error.code == .conflict)
        #expect(
            error.message
                == "There are 2 backups 'nightly' in location 'prod', of the clusters '1111-a', '2222-b'. Choose one "
                + "with --cluster."
        )
    }

    @Test(
        "An unknown name or cluster is not found",
        arguments: [("other", nil), ("other", "11"), ("weekly", "11")] as [(String, String?)]
    )
    func unknown(name: String, cluster: String?) throws {
        let error = try #require(throws: OperationError.self) { try find(name, cluster) }
        #expect(error.code == .notFound)
        #expect(error.message.contains("'\(name)'"))
    }
}
