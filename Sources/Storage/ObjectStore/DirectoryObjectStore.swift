import Concurrency
import Glibc
package import SystemPackage

/// Objects in a directory: one file for each.
///
/// A file is written under a temporary name, synchronised, and moved to its place, so that a reader, a crash or a power
/// failure finds a whole object or none. What a crash leaves behind lies in a folder that is never listed, and is removed
/// when it is old. Replacing and deleting happen under a lock of the operating system, which ends with its holder.
///
/// Files belong to their owner alone (0600, folders 0700). An object cannot lie beneath another (`a` and `a/b`), and a
/// segment of a key has at most 255 bytes: such a put is refused.
package struct DirectoryObjectStore: ObjectStore {
    /// The store's own folder in its directory; no object's name starts with `.`.
    static let privateFolder = ".kbackup"
    static let lockFile = "lock"
    static let incomingPrefix = "incoming-"

    package let location: String
    let root: FilePath
    let pool: BlockingPool
    /// Whether to try hard links; some file systems have none.
    var usesLinks = true
    /// Waits until the names in a folder are on the disk.
    var synchronize: @Sendable (FolderDescriptor) throws -> Void = { try $0.synchronize() }
    /// Whether leftovers of crashed writes have been looked for.
    let isTidy = OnceFlag()

    /// - Parameters:
    ///   - root: The directory. It must exist by the time it is used: see ``makeRoot()``.
    ///   - width: The most file operations that run at once.
    package init(root: FilePath, width: Int = 8) {
        self.root = root
        location = "file://\(root)"
        pool = BlockingPool(label: "kbackup.directory-object-store", width: width)
    }

    /// Makes the directory and its parents, unless it is there.
    ///
    /// Never done by a put: a directory that is missing may be a disk that is not mounted.
    package func makeRoot() async throws { try await run { try makeFolders() } }

    /// Does what ``makeRoot()`` does; blocks.
    func makeFolders() throws {
        var path = FilePath(root.isAbsolute ? "/" : ".")
        for component in root.components {
            let parent = path
            path.append(component)
            if try folderExists(path) { continue }
            guard unsafe path.withPlatformString({ unsafe mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
                throw Errno.current
            }
            do {
                try FolderDescriptor(opening: parent).synchronize()
            } catch Errno.permissionDenied {
                // One that this user may write to, but not read, cannot be synchronised.
            }
        }
    }

    /// Looks no further than the name, so that folders above may be such as this user cannot read.
    private func folderExists(_ path: FilePath) throws -> Bool {
        do {
            guard try FileStatus(at: path).kind == .folder else { throw Errno.notDirectory }
        } catch Errno.noSuchFileOrDirectory {
            return false
        }
        return true
    }

    package func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        try await run { try read(key, range) }
    }

    private func read(_ key: ObjectKey, _ range: ByteRange) throws -> StoredObject {
        let path = ObjectPath(key)
        guard let folder = try openFolder(path.folders) else { throw ObjectStoreError.notFound(key, in: location) }
        let file: FileDescriptor
        do {
            file = try folder.openFile(path.name)
        } catch Errno.noSuchFileOrDirectory {
            throw ObjectStoreError.notFound(key, in: location)
        }
        return try file.closeAfter {
            let status = try FileStatus(of: file)
            guard status.kind == .file else {
                if status.kind == .folder { throw ObjectStoreError.notFound(key, in: location) }
                throw ObjectStoreError(.refused, "'\(location)/\(key)' is not a file. Remove it.")
            }
            guard let bounds = range.resolved(inSize: status.sizeInBytes) else {
                throw ObjectStoreError.unfit(key, in: location, for: range, size: status.sizeInBytes)
            }
            let bytes: [UInt8]
            do {
                bytes = try file.readBytes(bounds)
            } catch Errno.ioError {
                throw ObjectStoreError(
                    .corrupted,
                    "The disk cannot read '\(location)/\(key)' any more (\(Errno.ioError)). Check the disk."
                )
            }
            guard bytes.count == bounds.count else {
                throw ObjectStoreError(
                    .corrupted,
                    "'\(location)/\(key)' ended \(bounds.count - bytes.count) bytes too early. It may be damaged."
                )
            }
            return StoredObject(bytes: bytes, totalSizeInBytes: status.sizeInBytes, version: status.version)
        }
    }

    package func stat(_ key: ObjectKey) async throws -> ObjectStat? {
        try await run {
            let path = ObjectPath(key)
            guard let folder = try openFolder(path.folders), let status = try folder.status(of: path.name) else {
                return nil
            }
            return status.kind == .file ? status.objectStat(under: key) : nil
        }
    }
}

extension FileDescriptor {
    /// Reads the bytes at `range`, or as many of them as there are.
    fileprivate func readBytes(_ range: Range<Int>) throws -> [UInt8] {
        try unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]
                )
                let read = try unsafe read(fromAbsoluteOffset: Int64(range.lowerBound + count), into: rest)
                if read == 0 { return }
                count += read
            }
        }
    }
}
