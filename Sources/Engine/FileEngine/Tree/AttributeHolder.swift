import CFiles
import Glibc
import SystemPackage

/// An open file or folder, or a name in a folder that cannot be opened without doing something: a pipe, a device, a link.
///
/// Attributes of the latter are reached by way of `/proc`, which does not follow the last component.
enum AttributeHolder {
    case descriptor(CInt)
    case name(FileName, in: Folder)

    private func path(_ name: FileName, _ folder: Folder) -> [CChar] {
        "/proc/self/fd/\(folder.descriptor)/".utf8.map { CChar(bitPattern: $0) }
            + name.bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// The extended attributes, sorted by name; none where the file system has no such thing.
    ///
    /// - Parameter onFailure: Is told why some cannot be read, or are more than a node holds: the others are returned.
    func attributes(onFailure: (String) -> Void) -> [FileNode.Attribute] {
        let names: [[UInt8]]
        do throws(Errno) {
            names = try self.names()
        } catch .notSupported {
            return []
        } catch {
            onFailure("its extended attributes cannot be listed: \(error)")
            return []
        }
        var attributes: [FileNode.Attribute] = []
        var size = 0
        for name in names.prefix(FileNode.Limit.attributes) {
            do throws(Errno) {
                let attribute = FileNode.Attribute(name: name, value: try value(of: name))
                guard size + attribute.size <= FileNode.Limit.allAttributes else {
                    onFailure("its attribute '\(attribute.text)' is one too many: together they are larger than 1 MiB")
                    continue
                }
                size += attribute.size
                attributes.append(attribute)
            } catch .noData {
                // Taken away in the meantime.
            } catch {
                onFailure("its attribute '\(String(decoding: name, as: UTF8.self))' cannot be read: \(error)")
            }
        }
        if names.count > FileNode.Limit.attributes {
            let limit = FileNode.Limit.attributes
            onFailure("it has \(names.count) extended attributes, of which only the first \(limit) are backed up")
        }
        return attributes
    }

    private func names() throws(Errno) -> [[UInt8]] {
        let names = try unsafe grown { buffer, size in
            switch self {
            case .descriptor(let descriptor): unsafe flistxattr(descriptor, buffer, size)
            case .name(let name, let folder): unsafe llistxattr(path(name, folder), buffer, size)
            }
        }
        return names.split(separator: 0).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func value(of name: [UInt8]) throws(Errno) -> [UInt8] {
        let text = name.map { CChar(bitPattern: $0) } + [0]
        return try unsafe grown { buffer, size in
            switch self {
            case .descriptor(let descriptor): unsafe fgetxattr(descriptor, text, buffer, size)
            case .name(let name, let folder): unsafe lgetxattr(path(name, folder), text, buffer, size)
            }
        }
    }

    func set(_ attribute: FileNode.Attribute) throws(Errno) {
        let text = attribute.name.map { CChar(bitPattern: $0) } + [0]
        let (value, size) = (attribute.value, attribute.value.count)
        try systemCall {
            switch self {
            case .descriptor(let descriptor): unsafe Int(fsetxattr(descriptor, text, value, size, 0))
            case .name(let name, let folder): unsafe Int(lsetxattr(path(name, folder), text, value, size, 0))
            }
        }
    }

    /// What a call puts into a buffer: first one of ordinary size, then one that is large enough.
    private func grown(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) throws(Errno) -> [UInt8] {
        var size = 512
        while true {
            var buffer = [CChar](repeating: 0, count: size)
            do throws(Errno) {
                let count = try systemCall {
                    unsafe buffer.withUnsafeMutableBufferPointer { unsafe call($0.baseAddress, $0.count) }
                }
                return buffer[..<count].map { UInt8(bitPattern: $0) }
            } catch .outOfRange {
                guard size < 64 << 10 else { throw .outOfRange }
                size = 64 << 10
            }
        }
    }
}

extension FileNode.Attribute {
    /// Of name and value, in bytes.
    var size: Int { name.count + value.count }

    var text: String { String(decoding: name, as: UTF8.self) }
}
