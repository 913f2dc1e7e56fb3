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
    func attributes() throws(Errno) -> [FileNode.Attribute] {
        let names: [UInt8]
        do throws(Errno) {
            names = try unsafe grown { buffer, size in
                switch self {
                case .descriptor(let descriptor): unsafe flistxattr(descriptor, buffer, size)
                case .name(let name, let folder): unsafe llistxattr(path(name, folder), buffer, size)
                }
            }
        } catch .notSupported {
            return []
        }
        var attributes: [FileNode.Attribute] = []
        for name in names.split(separator: 0) {
            let text = name.map { CChar(bitPattern: $0) } + [0]
            do throws(Errno) {
                let value = try unsafe grown { buffer, size in
                    switch self {
                    case .descriptor(let descriptor): unsafe fgetxattr(descriptor, text, buffer, size)
                    case .name(let name, let folder): unsafe lgetxattr(path(name, folder), text, buffer, size)
                    }
                }
                attributes.append(FileNode.Attribute(name: Array(name), value: value))
            } catch .noData {
                // Taken away in the meantime.
            }
        }
        return attributes.sorted { $0.name.lexicographicallyPrecedes($1.name) }
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
