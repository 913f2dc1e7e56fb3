import Foundation
import ObjectStore
import Testing

@testable import Repository

@Suite("Reports of restores")
struct ReportStoreTests {
    private let back = SnapshotName(cluster: "c", name: "back")

    @Test("The report with the highest number counts, and none is ever changed")
    func numbers() async throws {
        let fixture = try await RepositoryFixture()
        let reports = fixture.repository.restores
        #expect(try await reports.last(of: back) == nil)
        for number in 1...11 { _ = try await reports.write([UInt8(number)], named: back, number: number) }
        _ = try await reports.write([99], named: SnapshotName(cluster: "c", name: "back.2"), number: 1)
        _ = try await reports.write([98], named: SnapshotName(cluster: "a", name: "other"), number: 1)
        let error = await #expect(throws: RepositoryError.self) {
            _ = try await reports.write([12], named: back, number: 7)
        }
        #expect(error?.code == .nameTaken)
        let last = try #require(try await reports.last(of: back))
        #expect(last.number == 11)
        #expect(try await reports.read(last) == [11])
        let listed = try await reports.list()
        #expect(listed.map(\.name.description) == ["a/other", "c/back", "c/back.2"])
        #expect(listed.map(\.number) == [1, 11, 1])
    }

    @Test("Other objects below the prefix are no reports", arguments: ["0", "01", "-1", "1x", "1/2", "x"])
    func foreign(name: String) async throws {
        let fixture = try await RepositoryFixture()
        _ = try await fixture.store.put([1], at: ObjectKey("restores/c/back/\(name)"), if: .absent)
        #expect(try await fixture.repository.restores.list() == [])
    }

    @Test("A report under another key does not open")
    func moved() async throws {
        let fixture = try await RepositoryFixture()
        let first = try await fixture.repository.restores.write([1], named: back, number: 1)
        let bytes = try await fixture.store.get(first.key)
        _ = try await fixture.store.put(bytes, at: ObjectKey("restores/c/back/2"), if: .absent)
        let last = try #require(try await fixture.repository.restores.last(of: back))
        let error = await #expect(throws: RepositoryError.self) { try await fixture.repository.restores.read(last) }
        #expect(error?.code == .damaged)
    }
}
