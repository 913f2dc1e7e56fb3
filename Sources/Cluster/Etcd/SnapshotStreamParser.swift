/// Takes the database out of the stream of JSON objects that etcd's gateway sends for a snapshot.
///
/// Each object is `{"result":{"remaining_bytes":"…","blob":"<base64>"}}`, in any order, with or without white space in
/// and between, unknown members ignored; or `{"error":{…}}`, which ends the stream. Input may be cut anywhere. Blobs
/// are decoded from the raw bytes into one buffer; nothing else of the stream is kept.
///
/// The countdown in `remaining_bytes` tells how long the database is; the hash that follows is not in it.
struct SnapshotStreamParser {
    /// The bytes in every chunk but the last: a multiple of every page size.
    static let chunkSize = 256 * 1024

    private var json = SnapshotMessageLexer()
    private var base64 = Base64Stream()
    /// Room for a chunk, and for a base64 group more.
    private var buffer = [UInt8](repeating: 0, count: chunkSize + 3)
    private var filled = 0
    /// All bytes of blobs so far.
    private(set) var received = 0
    /// The database's size, as the first message tells.
    private(set) var databaseSize: Int?

    /// Reads on in `input`.
    ///
    /// - Parameter position: Where to read on; moved behind what was read.
    /// - Returns: A chunk of ``chunkSize`` bytes when there is one; `nil` when all of `input` is read.
    /// - Throws: ``EtcdError`` with etcd's own error, or ``EtcdError/Code/protocolError``.
    mutating func parse(_ input: [UInt8], position: inout Int) throws(EtcdError) -> [UInt8]? {
        while true {
            if filled >= Self.chunkSize {
                return takeChunk()
            }
            guard position < input.count else { return nil }
            switch try json.next(input, position: &position) {
            case .needsInput: return nil
            case .blob: try decodeBlob(input, position: &position)
            case .endOfMessage(let message): try finish(message)
            }
        }
    }

    /// - Returns: What is left after the last full chunk.
    /// - Throws: ``EtcdError/Code/truncated`` when the stream cannot end here.
    mutating func finish() throws(EtcdError) -> [UInt8] {
        guard json.isBetweenMessages, let databaseSize,
            received == databaseSize + EtcdSnapshotFile.trailingHashSizeInBytes
        else {
            throw EtcdError(.truncated, "it ended after \(progress)")
        }
        defer { filled = 0 }
        return Array(buffer[..<filled])
    }

    /// How far the stream came, for messages.
    var progress: String {
        guard let databaseSize else { return "\(received) bytes" }
        return "\(received) of \(databaseSize + EtcdSnapshotFile.trailingHashSizeInBytes) bytes"
    }

    private mutating func decodeBlob(_ input: [UInt8], position: inout Int) throws(EtcdError) {
        let before = filled
        let isBase64 = base64.decode(input, position: &position, into: &buffer, filled: &filled)
        received += filled - before
        guard isBase64 else {
            throw EtcdError(.protocolError, "a blob is not base64, after \(progress)")
        }
        guard position < input.count, filled < Self.chunkSize else { return }
        // `decode` stopped in front of a byte that is not base64: the end of the blob, or damage.
        guard input[position] == UInt8(ascii: "\""), base64.isComplete else {
            throw EtcdError(.protocolError, "a blob is not base64, after \(progress)")
        }
        position += 1
        base64 = Base64Stream()
        json.endBlob()
    }

    private mutating func finish(_ message: SnapshotMessage) throws(EtcdError) {
        if let failure = message.failure {
            throw EtcdError(failure.code, "etcd ended it after \(progress) with: \(failure)")
        }
        guard message.isResult else {
            throw EtcdError(.protocolError, "the stream holds an object that is neither a result nor an error")
        }
        guard let databaseSize else {
            self.databaseSize = received + message.remainingBytes
            return
        }
        guard received <= databaseSize + EtcdSnapshotFile.trailingHashSizeInBytes else {
            throw EtcdError(.protocolError, "it is longer than etcd announced, \(progress)")
        }
        guard message.remainingBytes == max(0, databaseSize - received) else {
            throw EtcdError(
                .protocolError,
                "etcd announced \(message.remainingBytes) more bytes after \(progress)"
            )
        }
    }

    private mutating func takeChunk() -> [UInt8] {
        let chunk = Array(buffer[..<Self.chunkSize])
        for index in Self.chunkSize..<filled {
            buffer[index - Self.chunkSize] = buffer[index]
        }
        filled -= Self.chunkSize
        return chunk
    }
}
