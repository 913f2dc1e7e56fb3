import Foundation
import GRDB
import Testing

@testable import Catalog

@Suite("Catalog file", .timeLimit(.minutes(3)))
struct CatalogFileTests {
    @Test("A new catalog and its folder are the owner's alone, and it keeps a write-ahead log")
    func rights() async throws {
        try await withCatalogPath { path in
            let catalog = try Catalog.open(path: path)
            try await catalog.upsert(backupRecord("a"))
            #expect(try permissions(path) == 0o600)
            #expect(try permissions(path + "-wal") == 0o600)
            #expect(try permissions(URL(filePath: path).deletingLastPathComponent().path) == 0o700)
            let mode = try await catalog.read { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") }
            #expect(mode == "wal")
            try catalog.close()

            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            try Catalog.open(path: path).close()
            #expect(try permissions(path) == 0o600)
        }
    }

    @Test("What was recorded is there when the catalog is opened again")
    func reopen() async throws {
        try await withCatalogPath { path in
            let first = try Catalog.open(path: path)
            try await first.upsert(backupRecord("a"))
            try first.close()
            let second = try Catalog.openOrRecreate(path: path, now: time(0))
            #expect(second.movedAside == nil)
            #expect(try await second.catalog.backups() == [backupRecord("a").summary])
            try second.catalog.close()
        }
    }

    @Test("Many processes open a new catalog at once, and write to it at once")
    func concurrentAccess() async throws {
        try await withCatalogPath { path in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<6 {
                    group.addTask {
                        // Each has connections of its own, as another process would.
                        let catalog = try Catalog.open(path: path)
                        for number in 0..<20 {
                            try await catalog.upsert(backupRecord("\(writer)-\(number)"))
                            _ = try await catalog.backups()
                        }
                        try catalog.close()
                    }
                }
                try await group.waitForAll()
            }
            let catalog = try Catalog.open(path: path)
            #expect(try await catalog.backups().count == 120)
            try await catalog.check()
            try catalog.close()
        }
    }

    @Test("One connection sees what the other has committed")
    func twoConnections() async throws {
        try await withCatalogPath { path in
            let (first, second) = (try Catalog.open(path: path), try Catalog.open(path: path))
            try await first.upsert(backupRecord("a"))
            #expect(try await second.backups().map(\.name) == ["a"])
            try await second.upsert(backupRecord("b"))
            #expect(try await first.backups().count == 2)
            try first.close()
            try second.close()
        }
    }

    @Test("A file that is no catalog is reported, and moved aside on request", arguments: Damage.allCases)
    func damaged(damage: Damage) async throws {
        try await withCatalogPath { path in
            let whole = try Catalog.open(path: path)
            try await whole.upsert(backupRecord("a"))
            try whole.close()
            try intoOneFile(path)
            try damage.apply(to: path)
            let bytes = try Data(contentsOf: URL(filePath: path))

            let error = #expect(throws: CatalogError.self) { try Catalog.open(path: path) }
            #expect(error?.code == .corrupted)
            #expect(error?.message.contains(path) == true)
            #expect(try Data(contentsOf: URL(filePath: path)) == bytes)

            let opening = try Catalog.openOrRecreate(path: path, now: time(0))
            #expect(opening.movedAside == "\(path).corrupt-1700000000")
            #expect(try Data(contentsOf: URL(filePath: opening.movedAside ?? "")) == bytes)
            #expect(try await opening.catalog.backups() == [])
            try opening.catalog.close()
            try intoOneFile(path)

            try damage.apply(to: path)
            let second = try Catalog.openOrRecreate(path: path, now: time(0))
            #expect(second.movedAside == "\(path).corrupt-1700000000-2")
            try second.catalog.close()
        }
    }

    enum Damage: CaseIterable {
        case text, foreignDatabase, brokenSchema

        func apply(to path: String) throws {
            switch self {
            case .text:
                try Data("This is not a database, but long enough to be one.\n".utf8).write(to: URL(filePath: path))
            case .foreignDatabase:
                try FileManager.default.removeItem(atPath: path)
                let queue = try DatabaseQueue(path: path)
                try queue.write { db in try db.execute(sql: "CREATE TABLE players (id INTEGER)") }
                try queue.close()
            case .brokenSchema:
                let handle = try #require(FileHandle(forUpdatingAtPath: path))
                try handle.seek(toOffset: 100)
                try handle.write(contentsOf: Data(repeating: 0xFF, count: 300))
                try handle.close()
            }
        }
    }

    @Test("Damage in a table is found by a check, and reading it is a typed error")
    func damagedTable() async throws {
        try await withCatalogPath { path in
            let whole = try Catalog.open(path: path)
            for number in 0..<200 { try await whole.upsert(backupRecord("backup-\(number)")) }
            try whole.close()
            try intoOneFile(path)
            let size = try #require(
                try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            )
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            // The schema's pages come first.
            for page in 4..<(size / 4096) {
                try handle.seek(toOffset: UInt64(page * 4096))
                try handle.write(contentsOf: Data(repeating: 0xFF, count: 64))
            }
            try handle.close()

            let catalog = try Catalog.open(path: path)
            let found = await #expect(throws: CatalogError.self) { try await catalog.check() }
            #expect(found?.code == .corrupted)
            let read = await #expect(throws: CatalogError.self) { try await catalog.backups() }
            #expect(read?.code == .corrupted)
            #expect(read?.message.contains("kbackup catalog rebuild") == true)
            try catalog.close()
        }
    }

    @Test("A catalog of a newer kbackup is not touched")
    func newerVersion() async throws {
        try await withCatalogPath { path in
            try Catalog.open(path: path).close()
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('v9999')")
            }
            try queue.close()
            for open in [
                { try Catalog.open(path: path) }, { try Catalog.openOrRecreate(path: path, now: time(0)).catalog },
            ] {
                let error = #expect(throws: CatalogError.self) { _ = try open() }
                #expect(error?.code == .newerVersion)
            }
            let names = try FileManager.default.contentsOfDirectory(
                atPath: URL(filePath: path).deletingLastPathComponent().path
            )
            #expect(!names.contains { $0.contains("corrupt") })
        }
    }

    @Test(
        "A place that cannot be written is named",
        arguments: ["/proc/kbackup/catalog.sqlite", "/dev/null/x/c.sqlite"]
    )
    func notWritable(path: String) throws {
        let error = #expect(throws: CatalogError.self) { try Catalog.open(path: path) }
        #expect(error?.code == .notWritable)
        #expect(error?.message.contains(path) == true)
    }

    @Test("A folder in the file's place is named")
    func folderInPlace() async throws {
        try await withCatalogPath { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let error = #expect(throws: CatalogError.self) { try Catalog.openOrRecreate(path: path, now: time(0)) }
            #expect(error?.code == .notWritable)
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test("A full disk is named")
    func fullDisk() async throws {
        try await withCatalog { catalog in
            // SQLite's own limit gives the error that a full disk gives.
            let pages = try await catalog.write { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
                return pages
            }
            #expect(pages > 0)
            var large = backupRecord("large")
            large.detail = [UInt8](repeating: 7, count: 1 << 20)
            let record = large
            let error = await #expect(throws: CatalogError.self) { try await catalog.upsert(record) }
            #expect(error?.code == .full)
            #expect(error?.message.contains(catalog.path) == true)
            #expect(try await catalog.backups() == [])
        }
    }

    /// Moves what is in the write-ahead log into the file, for damage to the file to be damage.
    private func intoOneFile(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        _ = try queue.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
        try queue.close()
        try #require(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
