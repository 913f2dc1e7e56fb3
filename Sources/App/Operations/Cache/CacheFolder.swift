import Glibc
import Repository
import Synchronization
import SystemPackage

/// A repository's cache: a folder of small files that belongs to its user alone, 0700 and 0600.
///
/// It is bounded: what was used least recently goes first. Everything in it may be deleted at any time, and several
/// processes may use it: a file is there whole or not at all. What cannot be kept, is not; that is never an error.
final class CacheFolder: RepositoryCache {
    private struct State {
        var isMade = false
        /// In bytes, since the folder was last made smaller.
        var written: Int
    }

    private let path: FilePath
    private let limit: Int
    private let state: Mutex<State>

    /// How much may be written before the folder is looked through again, in bytes.
    private static let slack = 16 << 20

    /// - Parameters:
    ///   - path: Made when something is written.
    ///   - limit: As many bytes are kept, give or take what is written meanwhile.
    init(_ path: FilePath, limit: Int = 256 << 20) {
        self.path = path
        self.limit = limit
        // The first write of a process looks through the folder.
        state = Mutex(State(written: Self.slack))
    }

    func read(_ name: String, limit: Int) -> [UInt8]? {
        let file = path.appending(name)
        return try? FileDescriptor.open(file, .readOnly, options: [.closeOnExec, .noFollow]).closingAfter {
            descriptor in
            let size = Int(try descriptor.seek(offset: 0, from: .end))
            guard size <= limit else { throw Errno.fileTooLarge }
            var bytes = [UInt8](repeating: 0, count: size)
            var count = 0
            try unsafe bytes.withUnsafeMutableBytes { buffer in
                while count < size {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                    let part = try unsafe descriptor.read(fromAbsoluteOffset: Int64(count), into: rest)
                    if part == 0 { throw Errno.ioError }
                    count += part
                }
            }
            // The time of its last use.
            _ = futimens(descriptor.rawValue, nil)
            return bytes
        }
    }

    func write(_ bytes: ArraySlice<UInt8>, as name: String) {
        guard bytes.count <= limit / 4, makeFolder() else { return }
        let temporary = path.appending(".\(name).\(UInt64.random(in: 0...UInt64.max)).tmp")
        do {
            let descriptor = try FileDescriptor.open(
                temporary,
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerRead, .ownerWrite]
            )
            _ = try descriptor.closingAfter { try $0.writeAll(bytes) }
            // Not synchronised: what a power failure cuts off fails authentication, and is read again.
            guard rename(temporary, to: path.appending(name)) else { return unlink(temporary) }
        } catch {
            return unlink(temporary)
        }
        let isDue = state.withLock { state in
            state.written += bytes.count
            guard state.written >= Self.slack else { return false }
            state.written = 0
            return true
        }
        if isDue { trim() }
    }

    func remove(_ name: String) { unlink(path.appending(name)) }

    private func makeFolder() -> Bool {
        state.withLock { state in
            if !state.isMade { state.isMade = (try? PrivateFile.makeFolder(path)) != nil }
            return state.isMade
        }
    }

    /// Deletes what was used least recently, and what writers that were killed left behind.
    private func trim() {
        var files: [(name: String, size: Int, time: Int)] = []
        guard let folder = unsafe opendir(path.string) else { return }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            var status = stat()
            guard name != ".", name != "..", unsafe lstat(path.appending(name).string, &status) == 0 else { continue }
            files.append((name, Int(status.st_size), status.st_mtim.tv_sec))
        }
        var total = files.reduce(0) { $0 + $1.size }
        let now = time(nil)
        for file in files.sorted(by: { $0.time < $1.time }) {
            let isLeftBehind = file.name.hasPrefix(".") && file.time < now - 3600
            guard total > limit - limit / 8 || isLeftBehind else { continue }
            remove(file.name)
            total -= file.size
        }
    }

    private func rename(_ old: FilePath, to new: FilePath) -> Bool {
        unsafe Glibc.rename(old.string, new.string) == 0
    }

    private func unlink(_ file: FilePath) { _ = unsafe Glibc.unlink(file.string) }
}

extension FileDescriptor {
    /// Closes the file after `body`, whatever comes of it.
    fileprivate func closingAfter<Value>(_ body: (FileDescriptor) throws -> Value) throws -> Value {
        try closeAfter { try body(self) }
    }
}
