import Dispatch
package import FoundationEssentials
import GRDB

/// What is where and what ran when: a SQLite file on this machine.
///
/// A cache of repositories, and the only record of runs. Losing it loses no backup: rows of backups and restores are
/// made anew from the repository with ``replaceAll(repository:backups:restores:)``. Several processes may use one file
/// at once; within a process open each file once.
///
/// Dates are kept to the millisecond. Calls do not end early when their task is cancelled, so that an interrupted run
/// can still be recorded.
package struct Catalog: Sendable {
    package let path: String
    private let pool: DatabasePool

    /// `kbkp`: tells a catalog from other SQLite files.
    static let applicationID = 0x6B62_6B70
    /// How long another process's transaction is waited for, in seconds.
    private static let busyTimeout = 10.0

    /// Opens the catalog at `path`; makes it, readable for its owner only, where there is none, and migrates it where
    /// an older kbackup made it.
    ///
    /// - Throws: ``CatalogError``: ``CatalogError/Code/corrupted``, ``CatalogError/Code/newerVersion``,
    ///   ``CatalogError/Code/notWritable``, ``CatalogError/Code/full`` or ``CatalogError/Code/busy``.
    package static func open(path: String) throws(CatalogError) -> Catalog {
        try opening(path) { file in
            try file.prepare()
            return Catalog(path: path, pool: try openPool(path))
        }
    }

    /// Opens the catalog at `path` as ``open(path:)`` does, or starts a new one where the file is damaged.
    ///
    /// The damaged file is kept as `<path>.corrupt-<time>`. One that a newer kbackup made is not touched.
    ///
    /// - Parameter now: Names the file that is moved aside.
    package static func openOrRecreate(path: String, now: Date) throws(CatalogError) -> CatalogOpening {
        try opening(path) { file in
            do {
                try file.prepare()
                return CatalogOpening(catalog: Catalog(path: path, pool: try openPool(path)), movedAside: nil)
            } catch {
                guard CatalogError(error, path: path).code == .corrupted else { throw error }
                let movedAside = try file.moveAside(now: now)
                try file.prepare()
                return CatalogOpening(catalog: Catalog(path: path, pool: try openPool(path)), movedAside: movedAside)
            }
        }
    }

    /// Renames the file at `path` to `<path>.corrupt-<time>`, for the next ``open(path:)`` to start anew.
    ///
    /// No catalog may be open on it.
    ///
    /// - Returns: The new path.
    @discardableResult
    package static func moveAside(path: String, now: Date) throws(CatalogError) -> String {
        try opening(path) { file in try file.moveAside(now: now) }
    }

    /// Reads every page of the file.
    ///
    /// - Throws: ``CatalogError/Code/corrupted`` with what SQLite found.
    package func check() async throws(CatalogError) {
        let path = path
        try await read { db in
            let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(1)")
            guard findings == ["ok"] else { throw CatalogError.damaged(path, findings.joined(separator: "; ")) }
        }
    }

    /// Ends all use of the file; every later call throws.
    package func close() throws(CatalogError) {
        do {
            try pool.close()
        } catch {
            throw CatalogError(error, path: path)
        }
    }

    // MARK: Access

    /// Runs `body` on a connection that sees one state of the file and cannot change it.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(CatalogError)
        -> Value
    {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, any Error>, Never>) in
            pool.asyncRead { database in
                continuation.resume(returning: Result { try body(try database.get()) })
            }
        }
        return try result.mapError { CatalogError($0, path: path) }.get()
    }

    /// Runs `body` in one transaction.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(CatalogError)
        -> Value
    {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, any Error>, Never>) in
            pool.asyncWrite(body) { _, result in
                continuation.resume(returning: result)
            }
        }
        return try result.mapError { CatalogError($0, path: path) }.get()
    }

    private static func opening<Value>(
        _ path: String,
        _ body: (CatalogFile) throws -> Value
    ) throws(CatalogError) -> Value {
        do {
            let file = CatalogFile(path: path)
            return try file.withOpeningLock { try body(file) }
        } catch {
            throw CatalogError(error, path: path)
        }
    }

    private static func openPool(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "kbackup.catalog"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.qos = .userInitiated
        let state = try examine(path, configuration)
        let pool = try DatabasePool(path: path, configuration: configuration)
        if state == .empty {
            try pool.write { db in try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
        }
        if state != .current {
            try DatabaseMigrator.catalog.migrate(pool)
        }
        return pool
    }

    private enum State {
        case empty, older, current
    }

    /// Looks at a file without changing a byte of it: it may be another program's.
    private static func examine(_ path: String, _ configuration: Configuration) throws -> State {
        var configuration = configuration
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        return try queue.read { db in
            let id = try Int.fetchOne(db, sql: "PRAGMA application_id")
            guard id == applicationID else {
                guard id == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 else {
                    throw CatalogError.damaged(path, "it is another program's database")
                }
                return .empty
            }
            let migrator = DatabaseMigrator.catalog
            guard try !migrator.hasBeenSuperseded(db) else {
                throw CatalogError(
                    .newerVersion,
                    "Catalog '\(path)' was made by a newer kbackup. "
                        + "Use that version, or another folder with XDG_DATA_HOME."
                )
            }
            return try migrator.hasCompletedMigrations(db) ? .current : .older
        }
    }
}
