/// The name of an object in a store: UTF-8 segments joined by `/`, relative to the store's root.
///
/// A key never starts or ends with `/`, has no empty, `.` or `..` segment and no NUL, and is at most 900 bytes long, so
/// that every store can hold it: a bucket with a prefix (1,024 bytes, S3) and a directory.
package struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let rawValue: String

    /// - Returns: `nil` when `rawValue` is not a valid key.
    package init?(validating rawValue: String) {
        guard !rawValue.isEmpty, rawValue.utf8.count <= 900, !rawValue.utf8.contains(0) else { return nil }
        for segment in rawValue.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        where segment.isEmpty || segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
            return nil
        }
        self.rawValue = rawValue
    }

    /// Makes a key from a name that the program chose itself.
    package init(_ rawValue: String) {
        guard let key = ObjectKey(validating: rawValue) else {
            preconditionFailure("'\(rawValue)' is not a valid object key")
        }
        self = key
    }

    /// Whether a key can start with `prefix`, which is true of neither `/` nor `a//` nor `../a`.
    package static func canStart(with prefix: String) -> Bool {
        guard let slash = prefix.utf8.lastIndex(of: UInt8(ascii: "/")) else { return true }
        return ObjectKey(validating: String(Substring(prefix.utf8[..<slash]))) != nil
    }

    /// Whether the key's bytes come after those of `text`, which need not be a key.
    package func comes(after text: String) -> Bool { text.utf8.lexicographicallyPrecedes(rawValue.utf8) }

    package var description: String { rawValue }

    // `String` takes canonically equivalent spellings of a letter for equal; to a store they are different keys.
    package static func == (left: ObjectKey, right: ObjectKey) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }

    /// Orders keys by their UTF-8 bytes, as S3 lists them.
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }
}
