import Crypto

/// Hashes a snapshot while it streams, all but its last 32 bytes, which must be the hash.
struct SnapshotHash {
    private var hash = SHA256()
    /// The last bytes so far, at most 32: the announced hash, if nothing follows.
    private(set) var tail: [UInt8] = []

    mutating func update(_ chunk: [UInt8]) {
        let size = EtcdSnapshotFile.trailingHashSizeInBytes
        guard chunk.count >= size else {
            tail += chunk
            let excess = max(0, tail.count - size)
            hash.update(data: tail[..<excess])
            tail.removeFirst(excess)
            return
        }
        hash.update(data: tail)
        hash.update(data: chunk[..<(chunk.count - size)])
        tail = Array(chunk[(chunk.count - size)...])
    }

    /// - Returns: The hash of the database.
    /// - Throws: ``EtcdError/Code/corrupted`` when it is not the announced one.
    consuming func verified() throws(EtcdError) -> [UInt8] {
        let digest = Array(hash.finalize())
        guard digest == tail else {
            throw EtcdError(.corrupted, "its SHA-256 is \(digest.hexadecimal), but etcd announced \(tail.hexadecimal)")
        }
        return digest
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        let digits = Array<Character>("0123456789abcdef")
        return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
