import Foundation

/// The sorted table of what a backup holds: a base layer, and layers of changes over it.
///
/// Layers are shared between backups: a backup in which little changed adds one small layer to those of its parent.
package struct Manifest: Codable, Sendable {
    /// Keys that are present.
    package internal(set) var entryCount = 0
    /// Bytes of all records, before compression.
    package internal(set) var recordBytes = 0
    /// Equal hashes mean equal tables.
    ///
    /// See ``ManifestHash``.
    package internal(set) var rootHash = ManifestHash()
    /// Every pack that the table and its records lie in is kept from deletion at least until then; `nil` when none is.
    var retainedUntil: Date?
    /// The base first, the newest last.
    var layers: [ManifestLayer] = []

    package init() {}

    /// Whether its numbers can be those of a manifest, so that to add them up leads nowhere else.
    var isPossible: Bool {
        (0...FormatLimits.manifestRows).contains(entryCount) && (0...FormatLimits.manifestBytes).contains(recordBytes)
            && layers.allSatisfy { layer in
                layer.pages.allSatisfy { page in
                    (1...FormatLimits.pageRows).contains(page.rowCount) && page.firstKey.count <= FormatLimits.key
                }
            }
    }
}

/// A sorted run of rows, cut into pages.
struct ManifestLayer: Codable, Sendable {
    var pages: [ManifestPageLocation]

    /// Rows, removals included.
    var rowCount: Int { pages.reduce(0) { $0 + $1.rowCount } }
}

/// Where a page of a layer lies, and what it holds.
struct ManifestPageLocation: Codable, Sendable {
    let firstKey: ManifestKey
    let rowCount: Int
    let block: BlockLocation

    private enum CodingKeys: String, CodingKey {
        case firstKey = "first"
        case rowCount = "rows"
        case block
    }

    init(firstKey: ManifestKey, rowCount: Int, block: BlockLocation) {
        self.firstKey = firstKey
        self.rowCount = rowCount
        self.block = block
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        firstKey = Array(try container.decode(Data.self, forKey: .firstKey))
        rowCount = try container.decode(Int.self, forKey: .rowCount)
        block = try container.decode(BlockLocation.self, forKey: .block)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Data(firstKey), forKey: .firstKey)
        try container.encode(rowCount, forKey: .rowCount)
        try container.encode(block, forKey: .block)
    }
}
