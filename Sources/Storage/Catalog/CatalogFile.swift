import FoundationEssentials
import Glibc

/// The file of a catalog: made before SQLite sees it, so that nobody else can ever read it.
struct CatalogFile {
    let path: String

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes the file (0600) where it is missing, and takes the rights of others from a file that has them.
    func prepare() throws(CatalogError) {
        // An existing file is never opened here: closing it would drop SQLite's locks on it in this process.
        let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode_t(0o600))
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw failure(errno)
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .notWritable(path, "it is not a file")
        }
        if status.st_mode & 0o077 != 0, unsafe chmod(path, 0o600) != 0 {
            throw failure(errno)
        }
    }

    /// Makes the folders (0700) where they are missing, and runs `body` while no other process does so for this file.
    ///
    /// SQLite locks single transactions; turning the write-ahead log on and migrating take several.
    func withOpeningLock<Value>(_ body: () throws -> Value) throws -> Value {
        try makeFolders(folder)
        let lock = "\(path).lock"
        let descriptor = unsafe open(lock, O_CREAT | O_RDWR | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        // A file system without locks (some network file systems) is used without.
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
        return try body()
    }

    /// Renames the file, and what SQLite keeps beside it, to a name that says that it is damaged.
    ///
    /// - Returns: The new path.
    func moveAside(now: Date) throws(CatalogError) -> String {
        let stem = "\(path).corrupt-\(Int(now.timeIntervalSince1970))"
        var target = stem
        var number = 2
        while unsafe access(target, F_OK) == 0 {
            target = "\(stem)-\(number)"
            number += 1
        }
        guard unsafe rename(path, target) == 0 else { throw failure(errno) }
        for suffix in ["-wal", "-shm"] where unsafe rename(path + suffix, target + suffix) != 0 {
            guard errno == ENOENT else { throw failure(errno) }
        }
        return target
    }

    private func makeFolders(_ folder: String) throws(CatalogError) {
        if unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else {
            throw failure(errno)
        }
        try makeFolders(String(folder[..<slash]))
        guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(errno) }
    }

    private func failure(_ number: Int32) -> CatalogError {
        guard number != ENOSPC, number != EDQUOT else { return .full(path) }
        return .notWritable(path, unsafe String(cString: strerror(number)))
    }
}
