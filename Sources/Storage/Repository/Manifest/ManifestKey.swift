/// The key of an entry in a manifest: bytes, ordered as bytes.
///
/// What they mean is the affair of who writes the manifest: `<group>/<resource>/<namespace>/<name>` for Kubernetes
/// objects, a big-endian page number for a paged file, a big-endian offset for a stream.
package typealias ManifestKey = [UInt8]

extension ManifestKey {
    /// Whether this key comes before another in a manifest.
    package func isBefore(_ other: ManifestKey) -> Bool { lexicographicallyPrecedes(other) }

    /// The first key after all keys that start with this one; `nil` when there is none.
    var prefixEnd: ManifestKey? {
        var end = self
        while let last = end.popLast() {
            if last < UInt8.max {
                end.append(last + 1)
                return end
            }
        }
        return nil
    }

    /// The key of page (or offset) `number`: eight bytes, most significant first.
    package static func number(_ number: UInt64) -> ManifestKey {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }

    /// Reads what ``number(_:)`` makes.
    package var number: UInt64? {
        count == 8 ? reduce(0) { $0 << 8 | UInt64($1) } : nil
    }
}
