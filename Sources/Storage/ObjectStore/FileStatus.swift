import Glibc
import SystemPackage

/// What the store needs to know of a file.
struct FileStatus: Sendable {
    enum Kind: Sendable {
        case file
        case folder
        /// A symbolic link, a pipe, a device.
        case other
    }

    let kind: Kind
    let sizeInBytes: Int
    let modifiedAt: timespec
    private let inode: UInt64

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
        sizeInBytes = Int(status.st_size)
        modifiedAt = status.st_mtim
        inode = UInt64(status.st_ino)
    }

    /// What is at `path`, whose links are followed.
    init(at path: FilePath) throws {
        var status = stat()
        let outcome = unsafe path.withPlatformString { unsafe fstatat(AT_FDCWD, $0, &status, 0) }
        guard outcome == 0 else { throw Errno.current }
        self.init(status)
    }

    init(of file: FileDescriptor) throws {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno.current }
        self.init(status)
    }

    /// Tells this file from every other that has been or will be under the same name: see
    /// `DirectoryObjectStore.publish`.
    var version: VersionTag {
        let parts = [
            inode, UInt64(bitPattern: Int64(modifiedAt.tv_sec)), UInt64(modifiedAt.tv_nsec), UInt64(sizeInBytes),
        ]
        return VersionTag(parts.map { String($0, radix: 16) }.joined(separator: "-"))
    }

    func objectStat(under key: ObjectKey) -> ObjectStat {
        ObjectStat(
            key: key,
            sizeInBytes: sizeInBytes,
            modifiedAt: Double(modifiedAt.tv_sec) + Double(modifiedAt.tv_nsec) / 1e9,
            version: version
        )
    }
}

extension timespec {
    static func < (left: timespec, right: timespec) -> Bool {
        (left.tv_sec, left.tv_nsec) < (right.tv_sec, right.tv_nsec)
    }

    func advanced(byNanoseconds nanoseconds: Int) -> timespec {
        let sum = tv_nsec + nanoseconds
        return timespec(tv_sec: tv_sec + sum / 1_000_000_000, tv_nsec: sum % 1_000_000_000)
    }
}
