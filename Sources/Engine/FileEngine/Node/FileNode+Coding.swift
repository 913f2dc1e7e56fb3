import Repository

/// Version (1 byte), kind (1 byte), permissions, user id, group id, user name, group name, size; modification time and
/// change time, each as seconds (zigzag) and nanoseconds; device, inode; then by kind: of a file the path that has its
/// data (empty when this has it), of a symbolic link its target, of a device its number; the number of extended
/// attributes, and for each its name and value. Numbers are of variable length; names, paths and values are their length
/// and their bytes.
extension FileNode {
    private static let version: UInt8 = 1

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.version)
        writer.write(kind.rawValue)
        writer.write(variable: UInt64(permissions))
        writer.write(variable: UInt64(userID))
        writer.write(variable: UInt64(groupID))
        for name in [userName, groupName] { writer.write(text: name) }
        writer.write(count: size)
        for time in [modified, changed] {
            writer.write(zigzag: time.seconds)
            writer.write(variable: UInt64(time.nanoseconds))
        }
        writer.write(variable: device)
        writer.write(variable: inode)
        switch kind {
        case .file: writer.write(text: firstPath?.bytes ?? [])
        case .symbolicLink: writer.write(text: target)
        case .blockDevice, .characterDevice: writer.write(variable: deviceNumber)
        case .folder, .pipe: break
        }
        writer.write(count: attributes.count)
        for attribute in attributes {
            writer.write(text: attribute.name)
            writer.write(text: attribute.value)
        }
        return writer.bytes
    }

    /// - Throws: `RepositoryError` with code `damaged`.
    static func decode(_ bytes: ArraySlice<UInt8>, path: StoredPath) throws(RepositoryError) -> FileNode {
        var reader = ByteReader(Array(bytes), subject: "The record of '\(path.text)'")
        guard try reader.readByte() == version else { throw reader.damaged("its version is unknown") }
        guard let kind = Kind(rawValue: try reader.readByte()) else { throw reader.damaged("its kind is unknown") }
        var node = FileNode(
            kind: kind,
            permissions: UInt16(try reader.readCount(limit: 0o7777)),
            userID: UInt32(try reader.readCount(limit: Int(UInt32.max))),
            groupID: UInt32(try reader.readCount(limit: Int(UInt32.max))),
            userName: try reader.readText(limit: Limit.name),
            groupName: try reader.readText(limit: Limit.name),
            size: try reader.readCount(limit: Int.max),
            modified: try reader.readTime(),
            changed: try reader.readTime(),
            device: try reader.readVariable(),
            inode: try reader.readVariable()
        )
        switch kind {
        case .file:
            let first = try reader.readText(limit: StoredPath.longest)
            if !first.isEmpty {
                let first = StoredPath(bytes: first)
                guard first.isPlain, first.nodeKey.isBefore(path.nodeKey) else {
                    throw reader.damaged("the path that has its data is none that comes before it")
                }
                node.firstPath = first
            }
        case .symbolicLink: node.target = try reader.readText(limit: Limit.target)
        case .blockDevice, .characterDevice: node.deviceNumber = try reader.readVariable()
        case .folder, .pipe: break
        }
        for _ in 0..<(try reader.readCount(limit: Limit.attributes)) {
            let name = try reader.readText(limit: Limit.name)
            node.attributes.append(Attribute(name: name, value: try reader.readText(limit: Limit.value)))
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        return node
    }
}

extension ByteWriter {
    fileprivate mutating func write(text: [UInt8]) {
        write(count: text.count)
        write(text)
    }
}

extension ByteReader {
    fileprivate mutating func readText(limit: Int) throws(RepositoryError) -> [UInt8] {
        Array(try read(try readCount(limit: limit)))
    }

    fileprivate mutating func readTime() throws(RepositoryError) -> FileNode.Time {
        let seconds = try readZigzag()
        return FileNode.Time(seconds: seconds, nanoseconds: UInt32(try readCount(limit: 999_999_999)))
    }
}
