/// Where in a directory an object lies: one name per segment of its key.
///
/// A name is the segment itself, but for a leading `.` or `%`, which becomes `%2E` or `%25`: names with a leading `.` are
/// the store's own and everybody else's (`.snapshot`, `.nfs0001`), never objects. Nor is `lost+found`, which is the file
/// system's own and often not to be read; a segment of that name becomes `%6Cost+found`.
struct ObjectPath {
    let folders: [String]
    let name: String

    init(_ key: ObjectKey) {
        var names = key.rawValue.utf8.split(separator: UInt8(ascii: "/")).map { Self.name(ofSegment: Substring($0)) }
        name = names.removeLast()
        folders = names
    }

    private static let lostAndFound = "lost+found"

    static func name(ofSegment segment: Substring) -> String {
        if segment.utf8.elementsEqual(lostAndFound.utf8) { return "%6C" + Substring(segment.utf8.dropFirst()) }
        return switch segment.utf8.first {
        case UInt8(ascii: "."): "%2E" + Substring(segment.utf8.dropFirst())
        case UInt8(ascii: "%"): "%25" + Substring(segment.utf8.dropFirst())
        default: String(segment)
        }
    }

    /// The segment that `name` stands for, or `nil` when it is no name of ours.
    static func segment(ofName name: String) -> String? {
        let bytes = name.utf8
        if bytes.starts(with: "%2E".utf8) { return "." + Substring(bytes.dropFirst(3)) }
        if bytes.starts(with: "%25".utf8) { return "%" + Substring(bytes.dropFirst(3)) }
        if bytes.elementsEqual("%6Cost+found".utf8) { return lostAndFound }
        if bytes.elementsEqual(lostAndFound.utf8) { return nil }
        guard let first = bytes.first, first != UInt8(ascii: "."), first != UInt8(ascii: "%") else { return nil }
        return name
    }
}
