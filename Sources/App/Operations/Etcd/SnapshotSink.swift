import Glibc
import SystemPackage

/// Where an etcd snapshot is written: a file that appears whole or not at all, or a stream.
struct SnapshotSink: Sendable {
    private let descriptor: FileDescriptor
    private let temporary: FilePath?
    private let target: FilePath?
    private let overwrites: Bool

    /// Writes to an open stream, such as standard output.
    ///
    /// Its reader must wait for the end and the exit status.
    init(stream: FileDescriptor) {
        descriptor = stream
        temporary = nil
        target = nil
        overwrites = false
    }

    /// Writes a file, 0600, under a temporary name beside `path` until ``finish()``.
    ///
    /// - Parameter overwrites: Whether a file at `path` is replaced.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/conflict`` when there is a file at `path`.
    init(path: FilePath, overwrites: Bool) throws(OperationError) {
        if !overwrites, Self.exists(path) { throw Self.conflict(path) }
        let name = path.lastComponent?.string ?? "snapshot"
        let temporary = path.removingLastComponent()
            .appending(".\(name).\(UInt64.random(in: 0...UInt64.max)).part")
        do {
            descriptor = try FileDescriptor.open(
                temporary,
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerRead, .ownerWrite]
            )
        } catch {
            throw Self.failure(path, error)
        }
        self.temporary = temporary
        target = path
        self.overwrites = overwrites
    }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        do {
            try descriptor.writeAll(bytes)
        } catch Errno.brokenPipe {
            throw OutputClosedError()
        } catch {
            throw Self.failure(target ?? "standard output", error)
        }
    }

    /// Brings the file to disk and gives it its name.
    ///
    /// What throws is to be followed by ``discard()``.
    func finish() throws(OperationError) {
        guard let temporary, let target else { return }
        do {
            try PrivateFile.call { fsync(descriptor.rawValue) }
            if overwrites {
                try PrivateFile.call {
                    unsafe temporary.withPlatformString { from in
                        unsafe target.withPlatformString { unsafe rename(from, $0) }
                    }
                }
            } else {
                try PrivateFile.giveName(target, to: temporary)
                _ = unsafe temporary.withPlatformString { unsafe unlink($0) }
            }
            try PrivateFile.synchronizeFolder(of: target)
            try? descriptor.close()
        } catch Errno.fileExists {
            throw Self.conflict(target)
        } catch {
            throw Self.failure(target, error)
        }
    }

    /// Removes what was written.
    func discard() {
        guard let temporary else { return }
        try? descriptor.close()
        _ = unsafe temporary.withPlatformString { unsafe unlink($0) }
    }

    private static func exists(_ path: FilePath) -> Bool {
        var status = stat()
        return unsafe path.withPlatformString { unsafe lstat($0, &status) == 0 }
    }

    private static func conflict(_ path: FilePath) -> OperationError {
        OperationError(.conflict, "There is a file '\(path)' already. Name another, or replace it with --force.")
    }

    private static func failure(_ path: FilePath, _ error: any Error) -> OperationError {
        OperationError(.failed, "'\(path)' cannot be written: \((error as? Errno)?.description ?? "\(error)").")
    }
}

/// Who read standard output has gone away: there is nobody to tell.
package struct OutputClosedError: Error {}
