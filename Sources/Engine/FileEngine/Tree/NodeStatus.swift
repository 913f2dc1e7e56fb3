import Glibc

/// What the system says of a name in a folder.
struct NodeStatus: Sendable, Equatable {
    /// `nil` for a socket, and what no backup can hold.
    var kind: FileNode.Kind?
    let permissions: UInt16
    let userID: UInt32
    let groupID: UInt32
    /// In bytes.
    let size: Int
    /// How many bytes of it have a place on the disk.
    let allocatedSize: Int
    let modified: FileNode.Time
    let changed: FileNode.Time
    let device: UInt64
    var inode: UInt64
    /// How many names it has.
    var names: Int
    let deviceNumber: UInt64

    /// Whether it is a file that was restored from a node, and whole: others do not get its time.
    func isRestored(_ node: FileNode) -> Bool {
        kind == .file && size == node.size && modified.seconds == node.modified.seconds
    }

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .pipe
            case S_IFBLK: .blockDevice
            case S_IFCHR: .characterDevice
            default: nil
            }
        permissions = UInt16(status.st_mode & 0o7777)
        userID = status.st_uid
        groupID = status.st_gid
        size = Int(status.st_size)
        allocatedSize = Int(status.st_blocks) * 512
        modified = FileNode.Time(seconds: status.st_mtim.tv_sec, nanoseconds: UInt32(status.st_mtim.tv_nsec))
        changed = FileNode.Time(seconds: status.st_ctim.tv_sec, nanoseconds: UInt32(status.st_ctim.tv_nsec))
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        names = Int(status.st_nlink)
        deviceNumber = UInt64(status.st_rdev)
    }

    /// Whether a file that is now so has the same data and attributes as when it was so recorded.
    ///
    /// The device does not count: it changes with every mount of a volume.
    func isUnchanged(since node: FileNode) -> Bool {
        kind == node.kind && permissions == node.permissions && userID == node.userID && groupID == node.groupID
            && modified == node.modified && changed == node.changed && inode == node.inode
            && (kind != .file || size == node.size)
            && ((kind != .blockDevice && kind != .characterDevice) || deviceNumber == node.deviceNumber)
    }
}

extension NodeStatus {
    /// Whether a file that is read at `time`, in seconds since 1970, may change after that and keep its times: those of
    /// file systems are exact to two seconds at worst.
    func isUnsettled(at time: Int) -> Bool {
        // A time of modification far ahead was set by a program, and does not come again by itself.
        changed.seconds >= time - 2 || (time - 2...time + 2).contains(modified.seconds)
    }
}

extension FileNode {
    /// - Parameter names: Of users and groups.
    init(_ status: NodeStatus, kind: Kind, names: AccountNames) {
        self.init(
            kind: kind,
            permissions: status.permissions,
            userID: status.userID,
            groupID: status.groupID,
            userName: names.user(status.userID),
            groupName: names.group(status.groupID),
            size: kind == .file ? status.size : 0,
            modified: status.modified,
            changed: status.changed,
            device: status.device,
            inode: status.inode,
            deviceNumber: kind == .blockDevice || kind == .characterDevice ? status.deviceNumber : 0
        )
    }
}
