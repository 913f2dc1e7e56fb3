/// The most that each part of the format may hold.
///
/// Bytes of a store are hostile until they are authenticated: a reader fetches nothing longer, and allocates nothing for
/// a larger claim. `docs/format.md` has the same numbers.
enum FormatLimits {
    /// A record in bytes.
    static let record = 64 << 20
    /// What is encrypted at once in bytes, before compression: a block, a footer, a snapshot, a report, a segment.
    static let payload = 80 << 20
    /// A sealed payload in bytes, with its packing, its size and the tag: one that does not compress is stored raw.
    static let sealedPayload = payload + CompressedPayload.headerSize + PackSealing.tagSize
    /// The object `root` in bytes.
    static let root = 1 << 20
    /// Key slots of a root: whoever opens it with a passphrase tries one after the other.
    static let keySlots = 64
    /// A snapshot, a report or an index segment as an object in bytes.
    static let envelope = Envelope.headerSize + sealedPayload
    /// A key of a manifest in bytes: the longest path of a file, two zero bytes and an offset.
    ///
    /// Keys share their beginnings where they are stored: without a limit, a small page could expand to any size.
    static let key = (16 << 10) + 10
    /// Entries of a manifest.
    static let manifestRows = 1 << 40
    /// Bytes of the records of a manifest: those of 32,000 such backups can be added up.
    static let manifestBytes = 1 << 48
    /// Rows of a manifest page.
    static let pageRows = 4096
    /// Records of an index segment.
    static let segmentRecords = 1 << 20
    /// Blocks of a pack, and records of a block.
    static let footerEntries = 1 << 22
}
