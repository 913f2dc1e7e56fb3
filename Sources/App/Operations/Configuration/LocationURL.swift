import Foundation
import SystemPackage

/// Where a location is.
enum LocationURL: Sendable, Equatable {
    /// `s3://bucket/prefix`; the prefix has no slash at its ends and may be empty.
    case s3(bucket: String, prefix: String)
    /// `file:///path`.
    case directory(FilePath)

    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage``.
    init(_ text: String) throws(OperationError) {
        let help = "Write 's3://bucket/prefix' or 'file:///path'."
        if text.hasPrefix("s3://") {
            let rest = text.dropFirst("s3://".count)
            let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let bucket = String(parts.first ?? "")
            let prefix = String(parts.count > 1 ? parts[1] : "").trimmingCharacters(in: CharacterSet(charactersIn: "/"))
            guard !bucket.isEmpty, bucket.utf8.allSatisfy(Self.isBucketByte) else {
                throw OperationError(.usage, "'\(text)' names no bucket. \(help)")
            }
            let segments = prefix.split(separator: "/", omittingEmptySubsequences: false)
            let isSound = prefix.isEmpty || segments.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            guard isSound, !prefix.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw OperationError(.usage, "'\(text)' has a prefix with an empty or dotted part. \(help)")
            }
            self = .s3(bucket: bucket, prefix: prefix)
        } else if text.hasPrefix("file://") {
            let raw = String(text.dropFirst("file://".count))
            guard raw.hasPrefix("/"), let path = raw.removingPercentEncoding, !path.utf8.contains(0) else {
                throw OperationError(
                    .usage,
                    "'\(text)' is not the URL of a folder. Write 'file:///path', with three slashes."
                )
            }
            self = .directory(FilePath(path).lexicallyNormalized())
        } else {
            throw OperationError(.usage, "'\(text)' is not a storage location. \(help)")
        }
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension LocationURL {
    /// The URL of a folder.
    static func text(ofFolder path: FilePath) -> String {
        "file://" + (path.string.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path.string)
    }
}
