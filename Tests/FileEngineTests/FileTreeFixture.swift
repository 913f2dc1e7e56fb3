import Foundation
import Glibc
import ObjectStore
import Synchronization
import SystemPackage
import Testing

@testable import FileEngine
@testable import Repository

/// A folder with files, a repository in memory, and a folder to restore into.
struct FileTreeFixture {
    let home: FilePath
    let store: InMemoryObjectStore
    let repository: Repository
    private(set) var parent: (name: String, manifest: Manifest)?
    let ledger = FileLedger()

    struct Backup {
        let manifest: Manifest
        let counts: FileCounts
        let ledger: FileLedger
        let statistics: WriteStatistics
    }

    struct Restore {
        let counts: FileCounts
        let missing: [StoredPath]
        let ledger: FileLedger
    }

    /// Runs `body` with a fixture, and removes its folders.
    static func with(
        in parent: URL = FileManager.default.temporaryDirectory,
        _ body: (inout FileTreeFixture) async throws -> Void
    ) async throws {
        let folder = parent.appending(path: "kbackup-files-\(UUID())")
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        let home = FilePath(folder.path)
        defer { try? FileManager.default.removeItem(atPath: home.string) }
        let store = InMemoryObjectStore()
        let repository = try await Repository.create(
            in: store,
            key: .makeKeyFile(),
            at: Date(timeIntervalSince1970: 0)
        )
        var fixture = FileTreeFixture(home: home, store: store, repository: repository)
        try fixture.run("mkdir source target")
        try await body(&fixture)
    }

    private init(home: FilePath, store: InMemoryObjectStore, repository: Repository) {
        self.home = home
        self.store = store
        self.repository = repository
    }

    var source: FilePath { home.appending("source") }
    var target: FilePath { home.appending("target") }
    /// Where the source is after it was restored.
    var restored: FilePath { target.appending(String(source.string.dropFirst())) }

    /// Runs a command of the shell in the home folder.
    ///
    /// - Returns: What it printed.
    @discardableResult
    func run(_ command: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -e; export LC_ALL=C; cd '\(home)'; \(command)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self)
        try #require(process.terminationStatus == 0, "\(command): \(text)")
        return text
    }

    /// What a tree holds, a line each: kind, permissions, owner, size, time, names, path, target; and the files' hashes.
    func listing(_ tree: FilePath) throws -> String {
        let list = try run("cd '\(tree)'; find . -printf '%y %m %U:%G %s %T@ %n %p %l\\0' | sort -z | tr '\\0' '\\n'")
        // The size of a folder is the file system's affair.
        let lines = list.split(separator: "\n").map { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            return fields.first == "d" ? (fields[..<3] + ["-"] + fields[4...]).joined(separator: " ") : String(line)
        }
        let hashes = try run(
            "cd '\(tree)'; find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z | tr '\\0' '\\n'"
        )
        return lines.joined(separator: "\n") + "\n" + hashes
    }

    func source(excluding patterns: [String] = [], paths: [FilePath]? = nil) -> FileSource {
        FileSource(
            paths: (paths ?? [source]).map { StoredPath($0.string) },
            excludes: ExcludePatterns(patterns),
            staysOnFileSystem: false
        )
    }

    /// A time at which nothing has changed just now, in seconds since 1970.
    static let longAfter = 1 << 40

    /// Backs up on top of the backup before.
    ///
    /// - Parameter now: The time of the backup, in seconds since 1970.
    mutating func backUp(
        _ name: String,
        _ source: FileSource? = nil,
        distrusting distrusted: Set<PackID> = [],
        at now: Int = longAfter,
        onProgress: @escaping @Sendable (FileCounts) -> Void = { _ in }
    ) async throws -> Backup {
        let ledger = FileLedger()
        let backup = FileBackup(
            of: source ?? self.source(),
            chunker: repository.chunker,
            parent: parent.map {
                FileBackup.Parent(manifest: $0.manifest, reader: repository.contents(of: $0.manifest))
            },
            distrusting: distrusted,
            ledger: ledger,
            now: { now },
            onProgress: onProgress
        )
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "files-test", name: name),
            parent: parent?.name,
            at: Date(timeIntervalSince1970: 1),
            includesStreams: true,
            distrusting: distrusted
        ) { writer in
            let manifest = try await backup.run(writingTo: writer)
            return Repository.Draft(contents: [SnapshotContent(kind: .files, manifest: manifest)]) { _ in [] }
        }
        let manifest = try #require(written.snapshot.content(.files)?.manifest)
        parent = (name, manifest)
        return Backup(
            manifest: manifest,
            counts: ledger.counts,
            ledger: ledger,
            statistics: written.snapshot.statistics
        )
    }

    func restore(
        _ manifest: Manifest,
        including paths: [FilePath] = [],
        replaces: Bool = false,
        disk: RestoreDisk = RestoreDisk()
    ) async throws -> Restore {
        let ledger = FileLedger()
        let restore = FileRestore(
            repository.contents(of: manifest),
            FileSelection(paths.map { StoredPath($0.string) }),
            replaces: replaces,
            ledger: ledger,
            disk: disk,
            onProgress: { _ in }
        )
        let missing = try await restore.run(into: target)
        return Restore(counts: ledger.counts, missing: missing, ledger: ledger)
    }

    mutating func forgetParent() { parent = nil }

    mutating func build(on manifest: Manifest, named name: String) { parent = (name, manifest) }

    /// The ids of everything in the source; folders above it may change at any time.
    func ids(_ manifest: Manifest) async throws -> [ManifestKey: RecordID] {
        let ids = Mutex<[ManifestKey: RecordID]>([:])
        let prefix = StoredPath(source.string).bytes + [0]
        try await repository.contents(of: manifest).forEachEntry(prefix: prefix) { entry in
            ids.withLock { $0[entry.key] = entry.id }
        }
        return ids.withLock { $0 }
    }

    /// How many bytes the records of the folders above the source have, which may change at any time.
    func recordBytesAboveSource(_ manifest: Manifest) async throws -> Int {
        let bytes = Mutex(0)
        let prefix = StoredPath(source.string).bytes + [0]
        try await repository.contents(of: manifest).forEachEntry { entry in
            if !entry.key.starts(with: prefix) { bytes.withLock { $0 += Int(entry.location.length) } }
        }
        return bytes.withLock { $0 }
    }

    /// The packs of the repository.
    func packs() async throws -> [PackID] {
        let keys = Mutex<[ObjectKey]>([])
        try await store.list(prefix: "packs/") { objects in keys.withLock { $0 += objects.map(\.key) } }
        return keys.withLock { $0 }.compactMap(PackID.init(key:))
    }

    /// A manifest as nobody would write it: with other entries than a walk would find.
    func rewrite(_ manifest: Manifest, replacing entries: [ManifestKey: [UInt8]]) async throws -> Manifest {
        var table: [ManifestKey: [UInt8]] = [:]
        try await repository.contents(of: manifest).forEachRecord { table[$0.key] = Array($1) }
        table.merge(entries) { $1 }
        let rows = table.sorted { $0.key.isBefore($1.key) }
        let written = try await repository.writeBackup(
            SnapshotName(cluster: "files-test", name: "rewritten"),
            parent: nil,
            at: Date(timeIntervalSince1970: 1),
            includesStreams: true
        ) { writer in
            let manifest = writer.manifest(.files, parent: nil, extendsParent: false)
            try await manifest.section(prefix: []) { section in
                for (key, record) in rows {
                    let isData = if case .data? = FileKey(key) { true } else { false }
                    _ = try await section.put(manifest.prepare(isData ? .data : .node, record[...], at: key))
                }
            }
            let finished = try await manifest.finish()
            return Repository.Draft(contents: [SnapshotContent(kind: .files, manifest: finished)]) { _ in [] }
        }
        return try #require(written.snapshot.content(.files)?.manifest)
    }
}

extension Manifest {
    /// The packs that hold its pages.
    var packsOfPages: Set<PackID> { Set(layers.flatMap(\.pages).map(\.block.pack)) }
}
