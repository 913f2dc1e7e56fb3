import Crypto

@testable import Etcd

/// A made-up database and the stream a gateway would send for it.
struct SnapshotScript {
    let database: [UInt8]
    /// The bytes of database in one message.
    var messageSize = 32 * 1024
    /// As in the gateways of 3.6, which write their JSON with spaces of their own.
    var hasWhitespace = false
    var hash: [UInt8]

    init(databaseSize: Int) {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        database = (0..<databaseSize).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        hash = Array(SHA256.hash(data: database))
    }

    var expected: [UInt8] { database + hash }

    var messages: [String] {
        var messages: [String] = []
        for start in stride(from: 0, to: database.count, by: messageSize) {
            let end = min(start + messageSize, database.count)
            messages.append(message(blob: Array(database[start..<end]), remaining: database.count - end))
        }
        return messages + [message(blob: hash, remaining: 0)]
    }

    var stream: [UInt8] { Array(messages.joined(separator: "\n").utf8) }

    func message(blob: [UInt8], remaining: Int) -> String {
        let blob = referenceBase64(blob)
        if hasWhitespace {
            let countdown = remaining == 0 ? "" : ", \"remaining_bytes\" :\t\"\(remaining)\""
            return
                "{ \"result\" : {\"version\": \"3.6.0\" , \"blob\":  \"\(blob)\"\(countdown), \"x\": [{\"a\":null}] } }"
        }
        let countdown = remaining == 0 ? "" : "\"remaining_bytes\":\"\(remaining)\","
        return "{\"result\":{\(countdown)\"blob\":\"\(blob)\"}}"
    }
}

/// Base64 written for reading, to compare with.
func referenceBase64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
        for place in 0..<4 {
            text.append(place <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}

/// What a receiver made of `pieces`.
func receive(_ pieces: [[UInt8]]) async throws -> (outcome: SnapshotReceiver.Outcome, chunks: [[UInt8]]) {
    var receiver = SnapshotReceiver()
    var pieces = pieces[...]
    var chunks: [[UInt8]] = []
    let outcome = try await receiver.receive(next: { pieces.popFirst() }, consume: { chunks.append($0) })
    return (outcome, chunks)
}

extension [UInt8] {
    /// Cut into pieces of `size` bytes.
    func pieces(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
