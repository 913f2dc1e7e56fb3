import Glibc
import SystemPackage

/// Small files that belong to their owner alone: 0600, in folders 0700.
enum PrivateFile {
    private static let maximumSizeInBytes = 1 << 20

    /// Reads a whole file; `nil` when there is none.
    static func read(_ path: FilePath) throws(OperationError) -> [UInt8]? {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 64 << 10)
                while case let count = try unsafe chunk.withUnsafeMutableBytes({ try unsafe file.read(into: $0) }),
                    count > 0
                {
                    bytes.append(contentsOf: chunk[..<count])
                    guard bytes.count <= maximumSizeInBytes else { throw Errno.fileTooLarge }
                }
                return bytes
            }
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch {
            throw failure("'\(path)' cannot be read", error)
        }
    }

    /// Whether others than its owner may read or write the file.
    static func isOpenToOthers(_ path: FilePath) -> Bool {
        var status = stat()
        let found = unsafe path.withPlatformString { unsafe stat($0, &status) == 0 }
        return found && status.st_mode & 0o077 != 0
    }

    /// Writes a file that must not be there yet: whole, or not at all.
    ///
    /// - Returns: `false` when there is a file already; it is left as it is.
    static func create(_ path: FilePath, _ bytes: [UInt8]) throws(OperationError) -> Bool {
        do {
            let temporary = try writeTemporary(beside: path, bytes)
            defer { try? call { unsafe temporary.withPlatformString { unsafe unlink($0) } } }
            do {
                try giveName(path, to: temporary)
            } catch Errno.fileExists {
                return false
            }
            try synchronizeFolder(of: path)
            return true
        } catch {
            throw failure("'\(path)' cannot be written", error)
        }
    }

    /// Writes a file in place of the one that is there, in one step.
    static func replace(_ path: FilePath, _ bytes: [UInt8]) throws(OperationError) {
        do {
            // Who keeps the file elsewhere and links to it goes on doing so.
            let target = resolved(path)
            let temporary = try writeTemporary(beside: target, bytes)
            do {
                try call {
                    unsafe temporary.withPlatformString { from in
                        unsafe target.withPlatformString { unsafe rename(from, $0) }
                    }
                }
            } catch {
                try? call { unsafe temporary.withPlatformString { unsafe unlink($0) } }
                throw error
            }
            try synchronizeFolder(of: target)
        } catch {
            throw failure("'\(path)' cannot be written", error)
        }
    }

    /// Gives a file a second name, unless that is taken.
    ///
    /// A file that does not exist is none to keep.
    static func link(_ path: FilePath, to other: FilePath) throws(OperationError) {
        do {
            do {
                try hardLink(path, other)
            } catch Errno.fileExists, Errno.noSuchFileOrDirectory {
                return
            } catch let error as Errno where lacksHardLinks(error) {
                // A copy does as well.
                if let bytes = try read(path) { _ = try create(other, bytes) }
                return
            }
            try synchronizeFolder(of: other)
        } catch {
            throw failure("'\(other)' cannot be made", error)
        }
    }

    /// Moves a file to the place of another, in one step.
    ///
    /// One that another process has moved meanwhile is in its place.
    static func move(_ path: FilePath, to other: FilePath) throws(OperationError) {
        do {
            do {
                try call {
                    unsafe path.withPlatformString { from in
                        unsafe other.withPlatformString { unsafe rename(from, $0) }
                    }
                }
            } catch Errno.noSuchFileOrDirectory {
                return
            }
            try synchronizeFolder(of: other)
        } catch {
            throw failure("'\(path)' cannot be moved to '\(other)'", error)
        }
    }

    /// Makes a folder and its parents, 0700 each, unless they are there.
    static func makeFolder(_ path: FilePath) throws(OperationError) {
        do {
            var folder = FilePath(root: path.root, [])
            for component in path.components {
                folder.append(component)
                do {
                    try call { unsafe folder.withPlatformString { unsafe mkdir($0, 0o700) } }
                } catch Errno.fileExists {
                    continue
                }
            }
        } catch {
            throw failure("Folder '\(path)' cannot be made", error)
        }
    }

    private static func writeTemporary(beside path: FilePath, _ bytes: [UInt8]) throws -> FilePath {
        let name = path.lastComponent?.string ?? "file"
        let temporary = path.removingLastComponent()
            .appending(".\(name).\(UInt64.random(in: 0...UInt64.max)).tmp")
        let file = try FileDescriptor.open(
            temporary,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerRead, .ownerWrite]
        )
        try file.closeAfter {
            try file.writeAll(bytes)
            try call { fsync(file.rawValue) }
        }
        return temporary
    }

    static func synchronizeFolder(of path: FilePath) throws {
        let parent = path.removingLastComponent()
        let folder = try FileDescriptor.open(
            parent.isEmpty ? "." : parent,
            .readOnly,
            options: [.directory, .closeOnExec]
        )
        do {
            try folder.closeAfter { try call { fsync(folder.rawValue) } }
        } catch Errno.invalidArgument {
            // Some file systems of networks cannot, and have no need to.
            return
        }
    }

    /// The file that a path leads to, links followed; the path itself when there is none.
    static func resolved(_ path: FilePath) -> FilePath {
        unsafe path.withPlatformString { name in
            guard let real = unsafe realpath(name, nil) else { return path }
            defer { unsafe free(real) }
            return unsafe FilePath(platformString: real)
        }
    }

    static func call(_ body: () -> CInt) throws {
        while body() != 0 {
            let error = Errno(rawValue: errno)
            guard error == .interrupted else { throw error }
        }
    }

    private static func failure(_ what: String, _ error: any Error) -> OperationError {
        if let error = error as? OperationError { return error }
        return OperationError(.failed, "\(what): \((error as? Errno)?.description ?? "\(error)").")
    }
}
