/// A hash over all entries of a manifest that can be kept up to date as entries change.
///
/// Each entry contributes HMAC-SHA-256 of its key and record id, as four 64-bit little-endian lanes; the hash is their
/// lane-wise sum modulo 2^64. It does not depend on the order or on how the table is cut into layers and pages. It is for
/// comparing, not for authenticity: every page is authenticated by itself.
package struct ManifestHash: Hashable, Sendable, Codable, CustomStringConvertible {
    private var lanes = HashLanes()

    package init() {}

    mutating func add(key: ManifestKey, id: RecordID, keys: RepositoryKeys) {
        lanes &+= Self.term(key, id, keys)
    }

    mutating func remove(key: ManifestKey, id: RecordID, keys: RepositoryKeys) {
        lanes &-= Self.term(key, id, keys)
    }

    mutating func combine(_ other: ManifestHash) { lanes &+= other.lanes }

    mutating func add(_ term: HashLanes) { lanes &+= term }

    /// What one entry contributes.
    static func term(_ key: ManifestKey, _ id: RecordID, _ keys: RepositoryKeys) -> HashLanes {
        var term = keys.manifest.code(of: (id.bytes + key)[...])
        for lane in 0..<4 { term[lane] = term[lane].byteSwapped }
        return term
    }

    /// 64 hexadecimal digits.
    package var description: String {
        (0..<32).map { UInt8(truncatingIfNeeded: lanes[$0 / 8] >> UInt64(8 * ($0 % 8))) }.hexadecimal
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = [UInt8](hexadecimal: try container.decode(String.self)), bytes.count == 32 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a manifest hash")
        }
        for lane in 0..<4 {
            lanes[lane] = bytes[(8 * lane)..<(8 * lane + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
