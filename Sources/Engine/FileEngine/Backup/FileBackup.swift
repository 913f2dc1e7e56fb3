package import Chunking
import Concurrency
package import Repository
import SystemPackage

/// Backs up trees of files: the walk, the comparison with the backup before, the reading of what has changed, and the
/// writing overlap, with bounded queues between them.
package struct FileBackup: Sendable {
    /// The backup that a new one builds on.
    package struct Parent: Sendable {
        package let manifest: Manifest
        package let reader: ManifestReader

        package init(manifest: Manifest, reader: ManifestReader) {
            self.manifest = manifest
            self.reader = reader
        }
    }

    private static let readers = 3

    private let source: FileSource
    private let chunker: ContentDefinedChunker
    private let parent: Parent?
    private let distrusted: Set<PackID>
    private let ledger: FileLedger
    private let now: @Sendable () -> Int
    private let onProgress: @Sendable (FileCounts) -> Void
    private let pool = BlockingPool(label: "kbackup.files", width: readers + 1)

    /// - Parameters:
    ///   - chunker: That of the repository.
    ///   - parent: The newest backup of the same paths.
    ///   - distrusted: Packs that are known to be damaged.
    ///   - ledger: Is told what is stored, what is left out, and what fails.
    ///   - now: The time, in seconds since 1970. What has changed in the two seconds before it is read is read again by the
    ///     next backup.
    ///   - onProgress: Called now and then.
    package init(
        of source: FileSource,
        chunker: ContentDefinedChunker,
        parent: Parent?,
        distrusting distrusted: Set<PackID>,
        ledger: FileLedger,
        now: @escaping @Sendable () -> Int,
        onProgress: @escaping @Sendable (FileCounts) -> Void
    ) {
        self.source = source
        self.chunker = chunker
        self.parent = parent
        self.distrusted = distrusted
        self.ledger = ledger
        self.now = now
        self.onProgress = onProgress
    }

    /// Writes the files and their manifest.
    ///
    /// - Throws: `DamagedParentError`, `RepositoryError`, `ObjectStoreError`; `Errno` when not even `/` can be read. What cannot
    ///   be read otherwise is in the ledger.
    @concurrent
    package func run(writingTo writer: BackupWriter) async throws -> Manifest {
        let manifest = writer.manifest(.files, parent: parent?.manifest, extendsParent: parent != nil)
        let work = BoundedChannel<ReadUnit>(capacity: 2)
        let order = BoundedChannel<ReadUnit>(capacity: 4)
        let parents = parent.map { _ in BoundedChannel<[ParentNode]>(capacity: 2) }
        let walk = try FileWalk(source, ledger: ledger)
        let matcher = FileMatcher(walk: walk, pool: pool, parents: parents, ledger: ledger)
        let reader = NodeReader(manifest: manifest, names: AccountNames(), ledger: ledger, now: now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let parent, let parents {
                let nodes = ParentNodes(reader: parent.reader, manifest: manifest, distrusted: distrusted)
                group.addTask { try await nodes.send(to: parents) }
            }
            group.addTask {
                try await matcher.run(sendingTo: work, inOrderTo: order)
                // What the backup before has behind the last node is of no interest.
                while try await parents?.receive() != nil {}
            }
            for _ in 0..<Self.readers {
                group.addTask {
                    while let unit = try await work.receive() { try await read(unit, reader) }
                }
            }
            group.addTask {
                ledger.done(try await write(order, reader, to: manifest))
            }
            for try await _ in group {}
        }
        return try await manifest.finish()
    }

    private func read(_ unit: ReadUnit, _ reader: NodeReader) async throws {
        if case .read(let found, let file)? = unit.steps.first, found.isLarge {
            try await readLarge(found, file, reader, into: unit.output)
        } else {
            let outcomes = try await pool.run {
                var outcomes: [ReadUnit.Outcome] = []
                for step in unit.steps {
                    switch step {
                    case .carry(let path, let kind, let size): outcomes.append(.carry(path, kind, size: size))
                    case .read(let found, let file): outcomes += try reader.read(found, file)
                    case .link(let name): outcomes.append(.link(name))
                    }
                }
                return outcomes
            }
            try await unit.output.send(outcomes)
        }
        unit.output.finish()
    }

    private func readLarge(
        _ found: WalkedNode,
        _ linked: LinkedFile?,
        _ reader: NodeReader,
        into output: BoundedChannel<[ReadUnit.Outcome]>
    ) async throws {
        guard let (file, status) = try await pool.run({ reader.openLarge(found) }) else { return }
        let cutter = FileCutter(found, file, status, linked, reader, chunker)
        while let outcomes = try await pool.run({ try cutter.next() }) { try await output.send(outcomes) }
    }

    @concurrent
    private func write(
        _ units: BoundedChannel<ReadUnit>,
        _ reader: NodeReader,
        to manifest: ManifestWriter
    ) async throws -> FileCounts {
        try await manifest.section(prefix: []) { section in
            var counts = FileCounts()
            while let unit = try await units.receive() {
                while let outcomes = try await unit.output.receive() {
                    for outcome in outcomes {
                        if case .link(let name) = outcome {
                            try await write(name, reader, to: &section, &counts)
                        } else {
                            try await Self.write(outcome, to: &section, &counts)
                        }
                    }
                    onProgress(counts)
                }
            }
            return counts
        }
    }

    /// Writes a further name of a file: with the data, if no name before it has that.
    private func write(
        _ name: ReadUnit.FurtherName,
        _ reader: NodeReader,
        to section: inout ManifestSection,
        _ counts: inout FileCounts
    ) async throws {
        let (found, file) = (name.found, name.file)
        if let path = file.dataPath {
            let outcome: ReadUnit.Outcome =
                if name.isUnchanged, path == file.firstPath {
                    .carry(found.path, .file, size: 0)
                } else {
                    try await pool.run { try reader.link(found, to: path) }
                }
            try await Self.write(outcome, to: &section, &counts)
        } else if found.isLarge {
            guard let (open, status) = try await pool.run({ reader.openLarge(found) }) else { return }
            let cutter = FileCutter(found, open, status, file, reader, chunker)
            while let outcomes = try await pool.run({ try cutter.next() }) {
                for outcome in outcomes { try await Self.write(outcome, to: &section, &counts) }
            }
        } else {
            for outcome in try await pool.run({ try reader.read(found, file) }) {
                try await Self.write(outcome, to: &section, &counts)
            }
        }
    }

    private static func write(
        _ outcome: ReadUnit.Outcome,
        to section: inout ManifestSection,
        _ counts: inout FileCounts
    ) async throws {
        switch outcome {
        case .carry(let path, let kind, let size):
            _ = try await section.carry(prefix: path.nodeKey)
            counts.add(kind, size: size)
        case .node(let record, let kind, let size):
            _ = try await section.put(record)
            counts.add(kind, size: size)
            if kind == .file, size > 0 { counts.readFiles += 1 }
        case .data(let record):
            counts.readBytes += record.length
            _ = try await section.put(record)
        case .mark(let record): _ = try await section.put(record)
        case .link: preconditionFailure("a further name is written as what it turns out to be")
        }
    }
}

extension WalkedNode {
    /// Whether it is a file that is cut into chunks.
    fileprivate var isLarge: Bool { kind == .file && status.size > FileMatcher.largestWhole }
}
