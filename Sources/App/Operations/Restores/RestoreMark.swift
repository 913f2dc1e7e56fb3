import Glibc
import Repository
import RestoreEngine
import SystemPackage

/// A locked file that tells other processes of this machine that a restore is running.
///
/// The operating system ends the lock with the process, however that ends. The file then stays behind and says so.
final class RestoreMark: Sendable {
    /// What a machine knows about the process that runs a restore.
    enum State: Sendable, Hashable {
        case running
        case ended
        /// It runs, or ran, elsewhere.
        case unknown
    }

    private let path: FilePath
    private let file: FileDescriptor

    deinit { try? file.close() }

    private init(path: FilePath, file: FileDescriptor) {
        self.path = path
        self.file = file
    }

    /// Marks a restore as running.
    ///
    /// - Returns: `nil` when the user's folder takes no such file: then other processes cannot tell.
    static func set(for report: RestoreReport, in repository: Repository, folders: UserFolders) -> RestoreMark? {
        let path = path(of: report, in: repository, folders: folders)
        do {
            try PrivateFile.makeFolder(path.removingLastComponent())
            let file = try FileDescriptor.open(
                path,
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: [.ownerRead, .ownerWrite]
            )
            let mark = RestoreMark(path: path, file: file)
            guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else { return nil }
            try file.resize(to: 0)
            try file.writeAll((report.run ?? "").utf8)
            return mark
        } catch {
            return nil
        }
    }

    /// Takes the mark away.
    func remove() { unsafe _ = path.withPlatformString { unsafe unlink($0) } }

    /// Whether the process that wrote `report` runs.
    static func state(of report: RestoreReport, in repository: Repository, folders: UserFolders) -> State {
        let path = path(of: report, in: repository, folders: folders)
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return .unknown }
        defer { try? file.close() }
        var buffer = [UInt8](repeating: 0, count: 64)
        guard
            let count = try? unsafe buffer.withUnsafeMutableBytes({
                try unsafe file.read(fromAbsoluteOffset: 0, into: $0)
            }),
            buffer[..<count].elementsEqual((report.run ?? "").utf8)
        else { return .unknown }
        // Not exclusive: who looks at the same moment must not be taken for the process itself.
        return flock(file.rawValue, LOCK_SH | LOCK_NB) == 0 ? .ended : .running
    }

    private static func path(of report: RestoreReport, in repository: Repository, folders: UserFolders) -> FilePath {
        folders.data.appending("running").appending(repository.id.description).appending(report.targetCluster)
            .appending(report.name)
    }
}
