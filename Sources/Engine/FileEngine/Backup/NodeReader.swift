import Repository
import SystemPackage

/// Reads nodes and the data of files, and prepares their records; every call blocks.
struct NodeReader: Sendable {
    let manifest: ManifestWriter
    let names: AccountNames
    let ledger: FileLedger
    /// The time, in seconds since 1970.
    let now: @Sendable () -> Int

    /// A node that is not a large file.
    ///
    /// - Parameter file: Is told when it is stored.
    func read(_ found: WalkedNode, _ file: LinkedFile?) throws -> [ReadUnit.Outcome] {
        do {
            switch found.kind {
            case .file:
                let outcomes = try readFile(found)
                if !outcomes.isEmpty { file?.store(at: found.path) }
                return outcomes
            case .folder:
                var node = FileNode(found.status, kind: .folder, names: names)
                node.attributes = found.attributes
                return [try prepare(node, at: found.path, size: 0)]
            case .symbolicLink, .pipe, .blockDevice, .characterDevice:
                var node = FileNode(found.status, kind: found.kind, names: names)
                if found.kind == .symbolicLink { node.target = try found.folder.target(of: found.name) }
                addAttributes(of: .name(found.name, in: found.folder), to: &node, at: found.path)
                return [try prepare(node, at: found.path, size: 0)]
            }
        } catch let error as Errno {
            fail(found, error)
            return []
        }
    }

    /// A further name of the file whose data is at `path`.
    func link(_ found: WalkedNode, to path: StoredPath) throws -> ReadUnit.Outcome {
        var node = FileNode(found.status, kind: .file, names: names)
        node.firstPath = path
        return try prepare(node, at: found.path, size: 0)
    }

    /// Opens a file that is to be read in chunks; `nil` when it cannot be.
    func openLarge(_ found: WalkedNode) -> (file: OpenFile, status: NodeStatus)? {
        do throws(Errno) {
            let file = try found.folder.openFile(found.name)
            let status = try file.status()
            // Its other names refer to what is stored under this one, so that it must be the file that was found.
            guard status.kind == .file, found.status.names == 1 || status.isSameFile(as: found.status) else {
                ledger.fail(found.path, "it was replaced while the backup was made")
                return nil
            }
            return (file, status)
        } catch {
            fail(found, error)
            return nil
        }
    }

    func fail(_ found: WalkedNode, _ error: Errno) {
        ledger.fail(
            found.path,
            error == .noSuchFileOrDirectory ? "it vanished while the backup was made" : "it cannot be read: \(error)"
        )
    }

    func prepare(_ node: FileNode, at path: StoredPath, size: Int) throws -> ReadUnit.Outcome {
        .node(try manifest.prepare(.node, node.encoded()[...], at: path.nodeKey), node.kind, size: size)
    }

    /// Says behind the data of a file that it is not as the file was at one moment.
    func mark(_ path: StoredPath, _ mark: FileMark, reason: String) throws -> ReadUnit.Outcome {
        ledger.fail(path, reason)
        return .mark(try manifest.prepare(.node, [mark.rawValue], at: path.markKey))
    }

    /// The node of a file that is open, and not read yet; attributes that cannot be read are in the ledger.
    func node(of file: OpenFile, at path: StoredPath, _ status: NodeStatus) -> FileNode {
        var node = FileNode(status, kind: .file, names: names)
        // The next backup reads it again.
        if status.isUnsettled(at: now()) { node.changed = .unsettled }
        addAttributes(of: .descriptor(file.descriptor), to: &node, at: path)
        return node
    }

    private func addAttributes(of holder: AttributeHolder, to node: inout FileNode, at path: StoredPath) {
        node.attributes = holder.attributes {
            ledger.fail(path, $0)
            // The next backup reads it again, and tells what it lacks.
            node.changed = .unsettled
        }
    }

    static let changedReason = "it changed while it was read, so that what is stored may be of two moments"

    private func readFile(_ found: WalkedNode) throws -> [ReadUnit.Outcome] {
        guard let (file, opened) = openLarge(found) else { return [] }
        // One that has grown large since it was found is read as far as it was known.
        let status = opened.size <= FileMatcher.largestWhole ? opened : found.status
        let node = node(of: file, at: found.path, status)
        let bytes = try file.readAll(size: status.size)
        let after = try file.status()
        var outcomes = [try prepare(node, at: found.path, size: status.size)]
        if !bytes.isEmpty {
            outcomes.append(.data(try manifest.prepare(.data, bytes[...], at: found.path.dataKey(offset: 0))))
        }
        if after.hasOtherData(than: status) || bytes.count != status.size {
            outcomes.append(try mark(found.path, .changed, reason: Self.changedReason))
        }
        return outcomes
    }
}

extension NodeStatus {
    func isSameFile(as other: NodeStatus) -> Bool { device == other.device && inode == other.inode }

    /// Whether a file that was as `other` when it was opened has been written to since.
    func hasOtherData(than other: NodeStatus) -> Bool { size != other.size || modified != other.modified }
}
