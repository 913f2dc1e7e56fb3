package import Repository

/// The path of a file in a backup: components of bytes, none empty, joined by a zero byte.
///
/// So joined, the bytes sort as a walk that goes depth first through sorted folders finds them.
package struct StoredPath: Sendable, Hashable {
    /// The components, joined by a zero byte; empty is the root.
    package let bytes: [UInt8]

    /// A longer path is not backed up; Linux takes 4,096 bytes in one call.
    static let longest = 16 << 10

    init(bytes: [UInt8]) { self.bytes = bytes }

    package static let root = StoredPath(bytes: [])

    /// - Parameter text: Components separated by `/`; empty ones and `.` do not count.
    package init(_ text: String) {
        let components = text.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual([UInt8(ascii: ".")]) }
        bytes = Array(components.joined(separator: [0]))
    }

    func appending(_ name: FileName) -> StoredPath {
        StoredPath(bytes: bytes.isEmpty ? name.bytes : bytes + [0] + name.bytes)
    }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: 0) }

    /// Whether each of its components names something in the folder before it.
    var isPlain: Bool {
        bytes.split(separator: 0, omittingEmptySubsequences: false).allSatisfy { FileName($0).isPlain }
    }

    /// The name, and the path of the folder that it is in; `nil` for the root.
    var split: (folder: StoredPath, name: FileName)? {
        guard !bytes.isEmpty else { return nil }
        guard let end = bytes.lastIndex(of: 0) else { return (.root, FileName(bytes[...])) }
        return (StoredPath(bytes: Array(bytes[..<end])), FileName(bytes[(end + 1)...]))
    }

    /// Whether this is `other`, or lies in it.
    package func isWithin(_ other: StoredPath) -> Bool {
        other.bytes.isEmpty || bytes == other.bytes
            || (bytes.starts(with: other.bytes) && bytes[other.bytes.count] == 0)
    }

    /// As people write it, with `/` in front.
    package var text: String { "/" + String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: "/") : $0 }, as: UTF8.self) }
}

extension StoredPath {
    /// The key of its node.
    package var nodeKey: ManifestKey { bytes + [0, 0] }

    /// The key of the data that begins `offset` bytes into the file.
    func dataKey(offset: Int) -> ManifestKey { nodeKey + ManifestKey.number(UInt64(offset)) }

    /// The key of the mark that the file is not as it was: behind all of its data.
    var markKey: ManifestKey { nodeKey + ManifestKey.number(.max) }
}

/// What a key of a manifest of files stands for.
enum FileKey: Equatable {
    case node(StoredPath)
    case data(StoredPath, offset: Int)
    case mark(StoredPath)

    var path: StoredPath {
        switch self {
        case .node(let path), .data(let path, _), .mark(let path): path
        }
    }

    /// - Returns: `nil` for a key that no file has.
    init?(_ key: ManifestKey) {
        guard let end = Self.pathEnd(key) else { return nil }
        let path = StoredPath(bytes: Array(key[..<end]))
        switch key.count - end {
        case 2: self = .node(path)
        case 10:
            let offset = key[(end + 2)...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            if offset == .max {
                self = .mark(path)
            } else {
                guard let offset = Int(exactly: offset) else { return nil }
                self = .data(path, offset: offset)
            }
        default: return nil
        }
    }

    /// Whether it is the key of a node, told without looking at its path.
    static func isNode(_ key: ManifestKey) -> Bool { pathEnd(key) == key.count - 2 }

    /// Where the two zero bytes behind the path begin.
    private static func pathEnd(_ key: ManifestKey) -> Int? {
        unsafe key.withUnsafeBufferPointer { bytes in
            var position = 0
            while position + 1 < bytes.count {
                if unsafe bytes[position] == 0, unsafe bytes[position + 1] == 0 {
                    return position == 0 ? nil : position
                }
                position += 1
            }
            return nil
        }
    }
}
