import Glibc
import SystemPackage

/// The folder that files are restored into.
enum FilesTarget {
    /// Makes the folder with those above it, unless it is there, and sees to it that it may be written.
    ///
    /// - Throws: `Errno`.
    static func make(_ path: FilePath) throws {
        var folder = FilePath(root: path.root, [])
        for component in path.components {
            folder.append(component)
            guard !isFolder(folder) else { continue }
            do {
                try PrivateFile.call { unsafe folder.withPlatformString { unsafe mkdir($0, 0o777) } }
            } catch Errno.fileExists where isFolder(folder) {
                // Somebody else made it at the same moment.
            } catch Errno.fileExists {
                throw Errno.notDirectory
            }
        }
        try PrivateFile.call { unsafe path.withPlatformString { unsafe access($0, R_OK | W_OK | X_OK) } }
    }

    /// - Throws: `Errno`.
    static func isEmpty(_ path: FilePath) throws -> Bool {
        guard let stream = unsafe path.withPlatformString({ unsafe opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { unsafe _ = closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { return false }
        }
        return true
    }

    /// What to tell of a folder that cannot be restored into.
    static func refusal(_ path: FilePath, _ error: Errno) -> OperationError {
        switch error {
        case .permissionDenied, .notPermitted, .readOnlyFileSystem:
            OperationError(
                .accessDenied,
                "You may not restore into '\(path)' (\(error.description.lowercased())). Name another for --to."
            )
        case .notDirectory:
            OperationError(.conflict, "'\(path)' is no folder, or lies in what is none. Name another for --to.")
        default:
            OperationError(.failed, "'\(path)' cannot be restored into: \(error.description).")
        }
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        var status = stat()
        let found = unsafe path.withPlatformString { unsafe stat($0, &status) == 0 }
        return found && status.st_mode & S_IFMT == S_IFDIR
    }
}
