import Glibc
import SystemPackage

/// An open folder, closed at the end of its life.
///
/// Names are looked up one at a time in an open folder and symbolic links are never followed, so nobody who can write
/// into the tree can lead the store out of it.
final class FolderDescriptor {
    private let descriptor: FileDescriptor

    deinit { try? descriptor.close() }

    private init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    /// Opens the folder at `path`, which may be a symbolic link: the user named it.
    init(opening path: FilePath) throws {
        let number = unsafe path.withPlatformString { unsafe Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard number >= 0 else { throw Errno.current }
        descriptor = FileDescriptor(rawValue: number)
    }

    /// Opens the folder `name` in this one.
    func openFolder(_ name: String) throws -> FolderDescriptor {
        let number = unsafe openat(descriptor.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw Errno.current }
        return FolderDescriptor(FileDescriptor(rawValue: number))
    }

    /// Opens the folder `name` in this one, made first and for good if it is not there.
    func openOrMakeFolder(_ name: String) throws -> FolderDescriptor {
        while true {
            do {
                return try openFolder(name)
            } catch Errno.noSuchFileOrDirectory {
                try makeFolder(name)
            }
        }
    }

    /// Makes the folder `name`, for its owner only, unless there is something under that name.
    func makeFolder(_ name: String) throws {
        guard unsafe mkdirat(descriptor.rawValue, name, 0o700) == 0 || errno == EEXIST else { throw Errno.current }
        try synchronize()
    }

    /// Opens the file `name` for reading.
    func openFile(_ name: String) throws -> FileDescriptor {
        // O_NONBLOCK: a named pipe somebody put there must not hold us up.
        try openFile(name, O_RDONLY | O_NONBLOCK)
    }

    /// Makes the file `name`, readable and writable by its owner only.
    func makeFile(_ name: String) throws -> FileDescriptor {
        try openFile(name, O_RDWR | O_CREAT | O_EXCL)
    }

    /// Opens the file `name` for reading and writing, made first if it is not there.
    func openOrMakeFile(_ name: String) throws -> FileDescriptor {
        try openFile(name, O_RDWR | O_CREAT)
    }

    private func openFile(_ name: String, _ flags: Int32) throws -> FileDescriptor {
        let number = unsafe openat(descriptor.rawValue, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw Errno.current }
        return FileDescriptor(rawValue: number)
    }

    /// What is under `name`, itself if it is a symbolic link; `nil` when there is nothing.
    func status(of name: String) throws -> FileStatus? {
        var status = stat()
        guard unsafe fstatat(descriptor.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            let problem = Errno.current
            if problem == .noSuchFileOrDirectory { return nil }
            throw problem
        }
        return FileStatus(status)
    }

    /// Moves a file from `folder` to `name` in this one, replacing what is there.
    func replace(_ name: String, with source: String, from folder: FolderDescriptor) throws {
        guard unsafe renameat(folder.descriptor.rawValue, source, descriptor.rawValue, name) == 0 else {
            throw Errno.current
        }
    }

    /// Gives a file in `folder` the name `name` in this one too, unless that is taken.
    ///
    /// - Throws: `Errno.fileExists` when it is.
    func link(_ name: String, to target: String, in folder: FolderDescriptor) throws {
        guard unsafe linkat(folder.descriptor.rawValue, target, descriptor.rawValue, name, 0) == 0 else {
            throw Errno.current
        }
    }

    /// Removes the file `name`.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func removeFile(_ name: String) throws -> Bool {
        guard unsafe unlinkat(descriptor.rawValue, name, 0) == 0 else {
            let problem = Errno.current
            if problem == .noSuchFileOrDirectory { return false }
            throw problem
        }
        return true
    }

    /// Removes the folder `name` if it is empty.
    ///
    /// - Returns: Whether it was.
    func removeEmptyFolder(_ name: String) -> Bool {
        unsafe unlinkat(descriptor.rawValue, name, AT_REMOVEDIR) == 0
    }

    /// Gives the file `name` another modification time.
    func setModificationTime(of name: String, to time: timespec) throws {
        var times = (time, time)
        let outcome = unsafe withUnsafeBytes(of: &times) { bytes in
            unsafe utimensat(
                descriptor.rawValue,
                name,
                bytes.bindMemory(to: timespec.self).baseAddress,
                AT_SYMLINK_NOFOLLOW
            )
        }
        guard outcome == 0 else { throw Errno.current }
    }

    /// Waits until the names in this folder are on the disk.
    func synchronize() throws {
        // Some network file systems cannot do this with a folder, and need not: EINVAL.
        guard fsync(descriptor.rawValue) == 0 || errno == EINVAL else { throw Errno.current }
    }

    /// What is in this folder, without `.` and `..`, in no order.
    ///
    /// Names that are not UTF-8 are left out: no key leads to them.
    func entries() throws -> [(name: String, kind: FileStatus.Kind?)] {
        let copy = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Errno.current }
        guard let stream = unsafe fdopendir(copy) else {
            let problem = Errno.current
            Glibc.close(copy)
            throw problem
        }
        defer { unsafe closedir(stream) }
        var entries: [(String, FileStatus.Kind?)] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw Errno.current }
                return entries
            }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, name != ".", name != ".." else { continue }
            let kind: FileStatus.Kind? =
                switch unsafe Int(entry.pointee.d_type) {
                case DT_REG: .file
                case DT_DIR: .folder
                case DT_UNKNOWN: nil
                default: .other
                }
            entries.append((name, kind))
        }
    }
}

extension FileDescriptor {
    /// Waits until the file's bytes and attributes are on the disk.
    func synchronize() throws {
        guard fsync(rawValue) == 0 else { throw Errno.current }
    }
}

extension Errno {
    /// What the last system call of this thread failed with.
    static var current: Errno { Errno(rawValue: errno) }
}
