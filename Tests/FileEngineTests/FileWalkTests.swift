import SystemPackage
import Testing
import UserTestSupport

@testable import FileEngine

@Suite("Walks")
struct FileWalkTests {
    @Test("Folders above what is backed up need not be readable")
    func searchOnlyParents() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; mkdir -p locked/open; echo 1 > locked/open/file; chmod 755 locked/open")
            try fixture.run("chmod 711 . source; chmod 111 source/locked")
            defer { _ = try? fixture.run("chmod 700 source/locked") }
            let ledger = FileLedger()
            let source = fixture.source(paths: [fixture.source.appending("locked/open")])
            let found = try asOrdinaryUser {
                let walk = try FileWalk(source, ledger: ledger)
                var found: [String] = []
                while let node = walk.next(limit: 1).first { found.append(node.name.text) }
                return found
            }
            #expect(ledger.failures.named == [])
            #expect(found.suffix(4) == ["source", "locked", "open", "file"])
        }
    }
}
