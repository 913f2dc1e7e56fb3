/// Facts about the file that `etcdctl snapshot save` writes: a bbolt database, and the SHA-256 of it in 32 more bytes.
package enum EtcdSnapshotFile {
    /// The bytes after the database.
    package static let trailingHashSizeInBytes = 32

    /// The page size of the database that starts with `header`.
    ///
    /// A database starts with two meta pages. The first that is valid (magic number, version and checksum) decides, as
    /// in bbolt itself.
    ///
    /// - Parameter header: The start of the file. 4 KiB are enough for a sound one; with 128 KiB the second meta page
    ///   is found for every page size.
    /// - Returns: A power of two from 512 B to 64 KiB; `nil` when `header` is not that of a bbolt database.
    package static func pageSize(ofHeader header: [UInt8]) -> Int? {
        if let meta = BoltMetaPage(header, at: 0) {
            return meta.pageSize
        }
        for shift in 9...16 {
            let pageSize = 1 << shift
            if let meta = BoltMetaPage(header, at: pageSize), meta.pageSize == pageSize {
                return pageSize
            }
        }
        return nil
    }
}
