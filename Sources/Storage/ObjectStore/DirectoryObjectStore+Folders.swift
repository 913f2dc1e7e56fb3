import Concurrency
import SystemPackage

extension DirectoryObjectStore {
    /// Runs `work` where it may block, and explains what it fails with.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.run {
            do {
                return try work()
            } catch let problem as Errno {
                throw explain(problem)
            }
        }
    }

    func openRoot() throws -> FolderDescriptor {
        do {
            return try FolderDescriptor(opening: root)
        } catch Errno.noSuchFileOrDirectory {
            throw ObjectStoreError(
                .locationNotFound,
                "There is no directory '\(root)'. Make it, or mount the disk that it is on."
            )
        } catch Errno.notDirectory {
            throw ObjectStoreError(.misconfigured, "'\(root)' is not a directory. Name one to keep objects in.")
        }
    }

    /// The folder that `names` lead to, or `nil` when there is none.
    func openFolder(_ names: [String]) throws -> FolderDescriptor? {
        var folder = try openRoot()
        for name in names {
            do {
                folder = try folder.openFolder(name)
            } catch Errno.noSuchFileOrDirectory, Errno.notDirectory {
                // ENOTDIR is a file or, with O_NOFOLLOW, a symbolic link.
                return nil
            }
        }
        return folder
    }

    /// The folder that `names` lead to, made where it is missing.
    func openOrMakeFolder(_ names: [String]) throws -> FolderDescriptor {
        var folder = try openRoot()
        for name in names { folder = try folder.openOrMakeFolder(name) }
        return folder
    }

    private func explain(_ problem: Errno) -> ObjectStoreError {
        switch problem {
        case .noSpace:
            ObjectStoreError(.full, "The disk of '\(root)' is full. Make room on it, or remove old backups.")
        case .diskQuotaExceeded:
            ObjectStoreError(.full, "The disk quota for '\(root)' is used up. Raise it, or remove old backups.")
        case .permissionDenied, .notPermitted:
            ObjectStoreError(
                .accessDenied,
                "The system does not let this user read or write in '\(root)' (\(problem)). Change its owner or mode."
            )
        case .readOnlyFileSystem:
            ObjectStoreError(.accessDenied, "The file system of '\(root)' is read-only. Mount it for writing.")
        case .fileNameTooLong:
            ObjectStoreError(.refused, "A name is too long for the file system of '\(root)'. Choose a shorter one.")
        case .notDirectory, .isDirectory, .tooManySymbolicLinkLevels, .directoryNotEmpty:
            ObjectStoreError(
                .refused,
                "Something in '\(root)' is in the way of an object: a folder, a file or a symbolic link (\(problem)). "
                    + "Use a directory of its own for kbackup."
            )
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .resourceTemporarilyUnavailable,
            .staleNFSFileHandle,
            .timedOut, .interrupted:
            ObjectStoreError(.unavailable, "The file system of '\(root)' cannot do this at the moment: \(problem).")
        default:
            ObjectStoreError(
                .refused,
                "The file system of '\(root)' failed: \(problem). Check the disk and the system's log."
            )
        }
    }
}
