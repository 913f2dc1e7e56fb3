import Concurrency
package import Repository
import Synchronization
package import SystemPackage

/// Restores trees of files.
///
/// The manifest is walked once, in order: folders and links are made on the way; the data of files is read in batches of
/// neighbouring blocks, several at once, and written where it belongs.
package struct FileRestore: Sendable {
    private static let batchesAtOnce = 3

    private let reader: ManifestReader
    private let selection: FileSelection
    private let replaces: Bool
    private let ledger: FileLedger
    private let attributes: AttributeSetter
    private let disk: RestoreDisk
    private let onProgress: @Sendable (FileCounts) -> Void
    private let pool = BlockingPool(label: "kbackup.files", width: batchesAtOnce + 1)

    /// - Parameters:
    ///   - reader: Of the manifest of the files.
    ///   - replaces: Whether what stands in the way is replaced.
    ///   - ledger: Is told what is restored, and what fails.
    ///   - onProgress: Called now and then.
    package init(
        _ reader: ManifestReader,
        _ selection: FileSelection,
        replaces: Bool,
        ledger: FileLedger,
        onProgress: @escaping @Sendable (FileCounts) -> Void
    ) {
        self.init(reader, selection, replaces: replaces, ledger: ledger, disk: RestoreDisk(), onProgress: onProgress)
    }

    init(
        _ reader: ManifestReader,
        _ selection: FileSelection,
        replaces: Bool,
        ledger: FileLedger,
        disk: RestoreDisk,
        onProgress: @escaping @Sendable (FileCounts) -> Void
    ) {
        self.disk = disk
        self.reader = reader
        self.selection = selection
        self.replaces = replaces
        self.ledger = ledger
        attributes = AttributeSetter(ledger: ledger)
        self.onProgress = onProgress
    }

    /// Whether owners and the system's own attributes can be restored.
    package var isPrivileged: Bool { attributes.isPrivileged }

    /// Restores into the folder `target`, which must be there.
    ///
    /// - Returns: Which of the paths that were asked for the backup does not have.
    /// - Throws: `Errno` when `target` cannot be opened; `RepositoryError`, `ObjectStoreError`. What cannot be restored
    ///   otherwise is in the ledger.
    @concurrent
    package func run(into target: FilePath) async throws -> [StoredPath] {
        let root = try Folder(opening: target)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let batches = BoundedChannel<RestoreBatch>(capacity: 1)
            for _ in 0..<Self.batchesAtOnce {
                group.addTask {
                    do {
                        while let batch = try await batches.receive() { try await write(batch) }
                    } catch {
                        // The walk must not wait for who takes no more.
                        batches.fail(error)
                        throw error
                    }
                }
            }
            let missing: [StoredPath]
            do {
                missing = try await walk(into: root, batches)
                batches.finish()
                while try await group.next() != nil {}
            } catch {
                batches.fail(error)
                throw error
            }
            return missing
        }
    }

    private func walk(
        into root: Folder,
        _ batches: BoundedChannel<RestoreBatch>
    ) async throws -> [StoredPath] {
        var run = FileRestoreRun(
            root: root,
            selection: selection,
            replaces: replaces,
            attributes: attributes,
            ledger: ledger,
            disk: disk,
            pool: pool,
            reader: reader,
            write: { try await batches.send($0) }
        )
        try await reader.forEachEntry(
            where: { selection.selects($0) },
            reading: { FileKey.isNode($0) || $0.isMark },
            onDamage: { damage, error in run.book(damage, error) },
            { entry, record in
                try await run.take(entry, record)
                onProgress(ledger.counts)
            }
        )
        try await run.finish()
        return selection.missing(from: run.seen)
    }

    private func write(_ batch: RestoreBatch) async throws {
        let items = batch.items
        let records = Mutex<[Int: ArraySlice<UInt8>]>([:])
        try await reader.forEachRecord(of: items.map(\.entry)) { place, _, record in
            switch record {
            case .success(let bytes): records.withLock { $0[place] = bytes }
            case .failure(let error):
                items[place].file.fail("a part of it is lost, and has zeros in its place: \(error)")
            }
        }
        try await pool.run {
            let records = records.withLock { $0 }
            for (place, item) in items.enumerated() {
                if let bytes = records[place] { item.file.write(bytes, at: item.offset) }
                // What was written last is still in the cache when the file is finished.
                item.file.release()
            }
        }
    }
}

extension ManifestKey {
    /// Whether it is the key of a mark, as far as can be said without looking for its path.
    var isMark: Bool { count > 10 && suffix(8).allSatisfy { $0 == .max } }
}
