import Concurrency
import Repository
import SystemPackage

/// Where a restore of files is on its way through the manifest.
struct FileRestoreRun {
    /// The included paths of which something was found.
    private(set) var seen: Set<StoredPath> = []

    private let selection: FileSelection
    private let replaces: Bool
    private let attributes: AttributeSetter
    private let ledger: FileLedger
    private let disk: RestoreDisk
    private let pool: BlockingPool
    private let reader: ManifestReader
    private let root: Folder
    private let tree: RestoreTree
    /// The file whose data comes next; held.
    private var open: RestoredFile?
    private var batch = RestoreBatch()
    /// Files that are not finished, and some that are: others may be links to them.
    private var inWork: [RestoredFile] = []
    /// Where the data of a file went whose first path is not restored.
    private var firstPaths: [StoredPath: StoredPath] = [:]
    private let write: (RestoreBatch) async throws -> Void

    init(
        root: Folder,
        selection: FileSelection,
        replaces: Bool,
        attributes: AttributeSetter,
        ledger: FileLedger,
        disk: RestoreDisk,
        pool: BlockingPool,
        reader: ManifestReader,
        write: @escaping (RestoreBatch) async throws -> Void
    ) {
        self.root = root
        self.selection = selection
        self.replaces = replaces
        self.attributes = attributes
        self.ledger = ledger
        self.disk = disk
        self.pool = pool
        self.reader = reader
        self.write = write
        tree = RestoreTree(root, replaces: replaces, attributes)
    }

    /// Books what of the manifest, or of its nodes, cannot be read.
    func book(_ damage: ManifestDamage, _ error: RepositoryError) {
        switch damage {
        case .record(let entry), .doubtful(let entry):
            if let path = FileKey(entry.key)?.path { ledger.fail(path, "it is lost: \(error)") }
        case .page(let keys, let rows):
            let path = FileKey(keys.start)?.path ?? .root
            ledger.fail(path, "up to \(rows) entries from here on are lost: \(error)")
        }
    }

    /// Takes the next entry.
    ///
    /// - Parameter record: Of nodes and marks.
    mutating func take(_ entry: ManifestEntry, _ record: ArraySlice<UInt8>?) async throws {
        switch FileKey(entry.key) {
        case .node(let path):
            try await close()
            if let record { try await takeNode(path, record) }
        case .data(let path, let offset):
            // Without its node there is no file to write to, which was told.
            if let file = open, file.path == path { try await add(file, offset: offset, entry) }
        case .mark(let path): takeMark(record, of: path)
        case nil: ledger.fail(.root, "the backup has an entry that is no path")
        }
    }

    private func takeMark(_ record: ArraySlice<UInt8>?, of path: StoredPath) {
        switch record.flatMap(FileMark.init) {
        case .changed: ledger.warn("'\(path.text)' changed while it was backed up: it may be of two moments.")
        case .incomplete:
            let reason = "it was not backed up to its end"
            if let file = open, file.path == path { file.fail(reason) } else { ledger.fail(path, reason) }
        case nil: ledger.fail(path, "the backup has a mark for it that is unknown")
        }
    }

    /// Writes what is left, and leaves all folders; batches may still be in work.
    mutating func finish() async throws {
        try await close()
        if !batch.isEmpty { try await write(batch) }
        batch = RestoreBatch()
        try await pool.run { [tree] in tree.finish() }
    }

    /// Lets go of the file whose data has passed.
    private mutating func close() async throws {
        guard let file = open.take() else { return }
        try await pool.run { file.release() }
    }

    private mutating func add(_ file: RestoredFile, offset: Int, _ entry: ManifestEntry) async throws {
        if batch.isFull(before: entry) {
            let full = batch
            batch = RestoreBatch()
            try await write(full)
        }
        batch.append(file, offset: offset, entry)
    }

    private mutating func takeNode(_ path: StoredPath, _ record: ArraySlice<UInt8>) async throws {
        for included in selection.paths where path.isWithin(included) { seen.insert(included) }
        do {
            let node = try FileNode.decode(record, path: path)
            guard selection.contains(path) || node.kind == .folder else { return }
            if node.kind == .file, let first = node.firstPath {
                try await link(path, node, to: first)
            } else {
                try await make(path, node)
            }
        } catch let error as RepositoryError {
            ledger.fail(path, "\(error)")
        } catch let error as Errno {
            ledger.fail(path, "it cannot be made: \(error)")
        }
    }

    private mutating func make(_ path: StoredPath, _ node: FileNode) async throws {
        guard let (above, name) = path.split, name.isPlain else { throw Errno.invalidArgument }
        open = try await pool.run { [tree, attributes, ledger, disk, replaces] in
            if node.kind == .folder {
                try tree.enter(path, node)
                ledger.restored(.folder, size: 0)
                return nil
            }
            let folder = try tree.folder(at: above)
            if node.kind == .file {
                return RestoredFile(
                    path,
                    name,
                    in: folder,
                    node,
                    replaces: replaces,
                    attributes,
                    ledger: ledger,
                    disk: disk
                )
            }
            try folder.folder.replacing(name, replaces) { () throws(Errno) in
                if node.kind == .symbolicLink {
                    try folder.folder.makeSymbolicLink(name, to: node.target)
                } else {
                    try folder.folder.makeSpecialFile(name, node.kind, number: node.deviceNumber)
                }
            }
            attributes.set(node, of: path, .name(name, in: folder.folder))
            ledger.restored(node.kind, size: 0)
            return nil
        }
        guard let open else { return }
        if inWork.count >= 1024 { inWork.removeAll(where: \.isSettled) }
        inWork.append(open)
    }

    /// Gives the file at `first` another name.
    private mutating func link(_ path: StoredPath, _ node: FileNode, to first: StoredPath) async throws {
        guard let (above, name) = path.split, name.isPlain else { throw Errno.invalidArgument }
        guard let target = firstPaths[first] ?? (selection.contains(first) ? first : nil) else {
            firstPaths[first] = path
            return try await copy(first, to: path)
        }
        let file = inWork.last { $0.path == target }
        let isWhole = try await pool.run { [tree, root, replaces] in
            file?.make()
            guard let (targetFolder, targetName) = target.split, targetName.isPlain else { throw Errno.invalidArgument }
            let folder = try tree.folder(at: above).folder
            var from = root
            for component in targetFolder.components.map(FileName.init) {
                // What the backup says of a path leads nowhere out of the folder that is restored into.
                guard component.isPlain else { throw Errno.invalidArgument }
                from = try from.openFolder(component)
            }
            let source = from
            // Beside those in work, only a file that is whole has its size and time.
            guard try file != nil || source.status(of: targetName).isRestored(node) else { return false }
            try folder.replacing(name, replaces) { () throws(Errno) in
                try folder.makeHardLink(name, to: targetName, in: source)
            }
            return true
        }
        if let file {
            file.add(name: path)
        } else if isWhole {
            ledger.restored(.file, size: 0)
        } else {
            ledger.fail(path, RestoredFile.brokenReason(target))
        }
    }

    /// Restores the file at `first`, which is not selected itself, under another path.
    private mutating func copy(_ first: StoredPath, to path: StoredPath) async throws {
        var entries: [ManifestEntry] = []
        var record: [UInt8]?
        var mark: [UInt8]?
        let isToBeRead = { @Sendable (key: ManifestKey) in FileKey.isNode(key) || key.isMark }
        try await reader.forEachEntry(prefix: first.nodeKey, reading: isToBeRead) { entry, bytes in
            switch bytes {
            case nil: entries.append(entry)
            case let bytes? where FileKey.isNode(entry.key): record = Array(bytes)
            case let bytes?: mark = Array(bytes)
            }
        }
        guard let record else { throw Errno.noSuchFileOrDirectory }
        var node = try FileNode.decode(record[...], path: first)
        node.firstPath = nil
        try await make(path, node)
        guard let file = open else { return }
        for entry in entries {
            if case .data(_, let offset)? = FileKey(entry.key) { try await add(file, offset: offset, entry) }
        }
        if let mark { takeMark(mark[...], of: path) }
    }
}

extension Folder {
    /// Makes something under `name`; where that `replaces`, what is there is removed first.
    func replacing(_ name: FileName, _ replaces: Bool, _ make: () throws(Errno) -> Void) throws(Errno) {
        do throws(Errno) {
            try make()
        } catch .fileExists where replaces {
            try removeFile(name)
            try make()
        }
    }
}
