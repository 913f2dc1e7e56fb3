/// Reads the stream of a snapshot to its end, and checks it on the way.
struct SnapshotReceiver {
    struct Outcome: Sendable, Hashable {
        let sizeInBytes: Int
        let databaseSizeInBytes: Int
        let sha256: [UInt8]
        let pageSizeInBytes: Int?
        let revision: Int64?
    }

    private var parser = SnapshotStreamParser()
    private var hash = SnapshotHash()
    private var pageSize: Int?
    private var revision = DatabaseRevision()
    private var delivered = 0

    /// - Parameters:
    ///   - next: The stream, piece by piece; `nil` at its end. Asked only when everything before is consumed.
    ///   - consume: Gets the snapshot's bytes in order.
    /// - Throws: ``EtcdError`` whose message is a part of a sentence about the snapshot; what `next` and `consume`
    ///   throw.
    mutating func receive(
        next: () async throws -> [UInt8]?,
        consume: (_ chunk: [UInt8]) async throws -> Void
    ) async throws -> Outcome {
        while let input = try await next() {
            var position = 0
            while let chunk = try parser.parse(input, position: &position) {
                try await deliver(chunk, to: consume)
            }
        }
        let rest = try parser.finish()
        // The last bytes are checked before they are handed on: a consumer never has all of a damaged snapshot.
        var hash = self.hash
        hash.update(rest)
        let sha256 = try hash.verified()
        try await deliver(rest, to: consume)
        return Outcome(
            sizeInBytes: delivered,
            databaseSizeInBytes: delivered - EtcdSnapshotFile.trailingHashSizeInBytes,
            sha256: sha256,
            pageSizeInBytes: pageSize,
            revision: revision.value
        )
    }

    /// How far the stream came, for messages.
    var progress: String { parser.progress }

    private mutating func deliver(_ chunk: [UInt8], to consume: (_ chunk: [UInt8]) async throws -> Void) async throws {
        guard !chunk.isEmpty else { return }
        if delivered == 0 {
            pageSize = EtcdSnapshotFile.pageSize(ofHeader: chunk)
        }
        hash.update(chunk)
        revision.add(chunk)
        delivered += chunk.count
        try await consume(chunk)
    }
}
