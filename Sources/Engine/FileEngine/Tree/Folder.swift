import CFiles
import Glibc
import SystemPackage

/// An open folder, closed at the end of its life.
///
/// Names are looked up one at a time in an open folder, and symbolic links are not followed, so nobody who can write into
/// a tree can lead a backup or a restore out of it.
final class Folder: Sendable {
    let descriptor: CInt
    /// Whether it was opened for reading; if not, there are names to look for, but no list of them.
    private let isReadable: Bool

    deinit { close(descriptor) }

    private init(_ descriptor: CInt, isReadable: Bool = true) {
        self.descriptor = descriptor
        self.isReadable = isReadable
    }

    /// What has the folder's own attributes.
    var holder: AttributeHolder { isReadable ? .descriptor(descriptor) : .name(.itself, in: self) }

    /// Opens the folder at `path`, whose links are followed: the user named it.
    convenience init(opening path: FilePath) throws(Errno) { self.init(try Self.open(path, O_RDONLY)) }

    /// Opens the folder at `path` to look for names that are known, which takes no right to read it.
    convenience init(passing path: FilePath) throws(Errno) {
        do throws(Errno) {
            try self.init(opening: path)
        } catch .permissionDenied {
            self.init(try Self.open(path, CInt(kbackup_path)), isReadable: false)
        }
    }

    private static func open(_ path: FilePath, _ flags: CInt) throws(Errno) -> CInt {
        CInt(
            try systemCall {
                unsafe path.withPlatformString { unsafe Int(Glibc.open($0, flags | O_DIRECTORY | O_CLOEXEC)) }
            }
        )
    }

    /// Opens the folder `name` in this one.
    func openFolder(_ name: FileName) throws(Errno) -> Folder {
        Folder(try open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    }

    /// Opens the folder `name` to look for names that are known, which takes no right to read it.
    ///
    /// It may be a symbolic link, because the user named it.
    func passFolder(_ name: FileName) throws(Errno) -> Folder {
        do throws(Errno) {
            return Folder(try open(name, O_RDONLY | O_DIRECTORY))
        } catch .permissionDenied {
            return Folder(try open(name, CInt(kbackup_path) | O_DIRECTORY), isReadable: false)
        }
    }

    /// Opens the folder that this one is in, to look for names that are known.
    func openParent() throws(Errno) -> Folder { try passFolder(FileName(Array("..".utf8)[...])) }

    /// Opens the file `name` for reading.
    func openFile(_ name: FileName) throws(Errno) -> OpenFile {
        // O_NONBLOCK: what was a file a moment ago may be a pipe by now.
        OpenFile(try open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
    }

    /// Makes the file `name`, for its owner only.
    func makeFile(_ name: FileName) throws(Errno) -> OpenFile {
        OpenFile(try open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW))
    }

    private func open(_ name: FileName, _ flags: CInt) throws(Errno) -> CInt {
        CInt(
            try systemCall { unsafe name.withPointer { unsafe Int(openat(descriptor, $0, flags | O_CLOEXEC, 0o600)) } }
        )
    }

    /// What the folder itself is.
    func status() throws(Errno) -> NodeStatus {
        var status = stat()
        try systemCall { unsafe Int(fstat(descriptor, &status)) }
        return NodeStatus(status)
    }

    /// What is under `name`, itself if it is a symbolic link.
    func status(of name: FileName) throws(Errno) -> NodeStatus {
        var status = stat()
        try systemCall {
            unsafe name.withPointer { unsafe Int(fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW)) }
        }
        return NodeStatus(status)
    }

    /// What the symbolic link `name` says.
    func target(of name: FileName) throws(Errno) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = try systemCall {
            unsafe name.withPointer { name in
                unsafe buffer.withUnsafeMutableBytes { bytes in
                    guard let start = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return 0 }
                    return unsafe readlinkat(descriptor, name, start, bytes.count)
                }
            }
        }
        return Array(buffer[..<count])
    }

    /// The names in this folder, sorted.
    func names() throws(Errno) -> NameList {
        let copy = CInt(try systemCall { Int(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) })
        guard let stream = unsafe fdopendir(copy) else {
            let problem = Errno.current
            close(copy)
            throw problem
        }
        defer { unsafe closedir(stream) }
        unsafe rewinddir(stream)
        var names = NameList()
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw Errno.current }
                names.sort()
                return names
            }
            unsafe names.take(Self.name(of: entry))
        }
    }

    /// The name in an entry of a folder.
    ///
    /// It may be longer than the 255 bytes that the C library declares: some file systems count characters.
    static func name(of entry: UnsafePointer<dirent>) -> ArraySlice<UInt8> {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { preconditionFailure("entries have names") }
        let bytes = unsafe UnsafeRawBufferPointer(start: entry, count: Int(entry.pointee.d_reclen))
        return unsafe Array(bytes.dropFirst(offset).prefix { $0 != 0 })[...]
    }

    /// Whether nothing is in it.
    func isEmpty() throws(Errno) -> Bool { try names().count == 0 }
}

extension Folder {
    /// Makes the folder `name`, for its owner only.
    func makeFolder(_ name: FileName) throws(Errno) {
        try systemCall { unsafe name.withPointer { unsafe Int(mkdirat(descriptor, $0, 0o700)) } }
    }

    func makeSymbolicLink(_ name: FileName, to target: [UInt8]) throws(Errno) {
        let target = target.map { CChar(bitPattern: $0) } + [0]
        try systemCall { unsafe name.withPointer { unsafe Int(symlinkat(target, descriptor, $0)) } }
    }

    /// Makes a pipe or a device.
    func makeSpecialFile(_ name: FileName, _ kind: FileNode.Kind, number: UInt64) throws(Errno) {
        let type =
            switch kind {
            case .blockDevice: S_IFBLK
            case .characterDevice: S_IFCHR
            case .pipe, .file, .folder, .symbolicLink: S_IFIFO
            }
        try systemCall { unsafe name.withPointer { unsafe Int(mknodat(descriptor, $0, type | 0o600, dev_t(number))) } }
    }

    /// Gives the file `target` in `folder` the name `name` in this one too.
    func makeHardLink(_ name: FileName, to target: FileName, in folder: Folder) throws(Errno) {
        try systemCall {
            unsafe name.withPointer { name in
                unsafe target.withPointer { unsafe Int(linkat(folder.descriptor, $0, descriptor, name, 0)) }
            }
        }
    }

    /// Removes what is under `name`, unless it is a folder.
    func removeFile(_ name: FileName) throws(Errno) {
        try systemCall { unsafe name.withPointer { unsafe Int(unlinkat(descriptor, $0, 0)) } }
    }

    func setOwner(of name: FileName, user: UInt32, group: UInt32) throws(Errno) {
        try systemCall {
            unsafe name.withPointer { unsafe Int(fchownat(descriptor, $0, user, group, AT_SYMLINK_NOFOLLOW)) }
        }
    }

    /// Must not be asked of a symbolic link, which has no permissions of its own.
    func setPermissions(of name: FileName, to permissions: UInt16) throws(Errno) {
        try systemCall { unsafe name.withPointer { unsafe Int(fchmodat(descriptor, $0, mode_t(permissions), 0)) } }
    }

    func setModificationTime(of name: FileName, to time: FileNode.Time) throws(Errno) {
        try systemCall {
            unsafe name.withPointer { name in
                unsafe withModificationTime(time) { unsafe Int(utimensat(descriptor, name, $0, AT_SYMLINK_NOFOLLOW)) }
            }
        }
    }
}

/// Both times of a file, as system calls take them: last read now, last changed at `time`.
func withModificationTime<Value>(_ time: FileNode.Time, _ body: (UnsafePointer<timespec>?) -> Value) -> Value {
    // The number is UTIME_NOW, a macro that is not imported.
    let times = [
        timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1),
        timespec(tv_sec: time.seconds, tv_nsec: Int(time.nanoseconds)),
    ]
    return unsafe times.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
