import Testing

@testable import Etcd

@Suite("Snapshot receiver")
struct SnapshotReceiverTests {
    @Test(
        "The bytes come out as etcd put them in, however the stream is cut",
        arguments: [1, 2, 3, 5, 7, 64, 1000, 16384, 1 << 24]
    )
    func cutAnywhere(pieceSize: Int) async throws {
        let script = SnapshotScript(databaseSize: 3 * 32 * 1024 + 512)
        let (outcome, chunks) = try await receive(script.stream.pieces(of: pieceSize))
        #expect(chunks.flatMap { $0 } == script.expected)
        #expect(outcome.sizeInBytes == script.expected.count)
        #expect(outcome.databaseSizeInBytes == script.database.count)
        #expect(outcome.sha256 == script.hash)
        #expect(outcome.pageSizeInBytes == nil)
    }

    @Test("Two pieces, cut at every place")
    func everySplit() async throws {
        var script = SnapshotScript(databaseSize: 130)
        script.messageSize = 50
        script.hasWhitespace = true
        let stream = script.stream
        for cut in 0...stream.count {
            let (_, chunks) = try await receive([Array(stream[..<cut]), Array(stream[cut...])])
            #expect(chunks.flatMap { $0 } == script.expected, "cut at \(cut)")
        }
    }

    @Test("White space, unknown members and any order of members are read", arguments: [true, false])
    func formatting(newlines: Bool) async throws {
        var script = SnapshotScript(databaseSize: 100_000)
        script.hasWhitespace = true
        let text = script.messages.joined(separator: newlines ? "\r\n\n" : "")
        let (_, chunks) = try await receive([Array(text.utf8)])
        #expect(chunks.flatMap { $0 } == script.expected)
    }

    @Test("Every chunk but the last has 256 KiB", arguments: [0, 1, 31, 32, 33, 1000])
    func chunkSizes(excess: Int) async throws {
        let script = SnapshotScript(databaseSize: 2 * SnapshotStreamParser.chunkSize + excess)
        let (_, chunks) = try await receive(script.stream.pieces(of: 10_007))
        #expect(chunks.dropLast().allSatisfy { $0.count == SnapshotStreamParser.chunkSize })
        #expect(chunks.flatMap { $0 } == script.expected)
    }

    @Test("One message larger than a chunk is read")
    func oneLargeMessage() async throws {
        var script = SnapshotScript(databaseSize: 3 * SnapshotStreamParser.chunkSize)
        script.messageSize = script.database.count
        let (_, chunks) = try await receive(script.stream.pieces(of: 65536))
        #expect(chunks.flatMap { $0 } == script.expected)
    }

    @Test("An empty blob, or none, adds nothing")
    func emptyBlobs() async throws {
        let script = SnapshotScript(databaseSize: 70_000)
        var messages = script.messages
        messages.insert("{\"result\":{}}", at: messages.count - 1)
        messages.insert("{\"result\":{\"blob\":\"\"}}", at: messages.count - 1)
        messages.insert("{\"result\":{\"blob\":null}}", at: messages.count - 1)
        let (_, chunks) = try await receive([Array(messages.joined().utf8)])
        #expect(chunks.flatMap { $0 } == script.expected)
    }

    @Test("A stream that ends anywhere before its end is truncated")
    func truncated() async throws {
        var script = SnapshotScript(databaseSize: 200)
        script.messageSize = 60
        let stream = script.stream
        for length in 0..<stream.count {
            let error = await #expect(throws: EtcdError.self) { try await receive([Array(stream[..<length])]) }
            #expect(error?.code == .truncated, "cut at \(length)")
        }
    }

    @Test("A whole message that is missing is noticed", arguments: 0..<5)
    func missingMessage(index: Int) async throws {
        var script = SnapshotScript(databaseSize: 200)
        script.messageSize = 50
        var messages = script.messages
        messages.remove(at: index)
        let stream = Array(messages.joined().utf8)
        await #expect(throws: EtcdError.self) { try await receive([stream]) }
    }

    @Test("Another hash than announced is corruption, and the last chunk is kept back", arguments: [0, 8191, 300_000])
    func wrongHash(position: Int) async throws {
        let script = SnapshotScript(databaseSize: 300_001)
        var damaged = script.database
        damaged[position] ^= 1
        var wrong = SnapshotScript(databaseSize: 0)
        wrong.hash = script.hash
        let messages = [
            script.message(blob: damaged, remaining: 0),
            script.message(blob: script.hash, remaining: 0),
        ]
        var receiver = SnapshotReceiver()
        var pieces = [Array(messages.joined().utf8)][...]
        var delivered = 0
        let error = await #expect(throws: EtcdError.self) {
            try await receiver.receive(next: { pieces.popFirst() }, consume: { delivered += $0.count })
        }
        #expect(error?.code == .corrupted)
        #expect(delivered == SnapshotStreamParser.chunkSize)
    }

    @Test(
        "An error in mid-stream is etcd's own",
        arguments: [
            (
                #"{"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: \"x\" gone","http_status":"y"}}"#,
                EtcdError.Code.unavailable, "etcdserver: \"x\" gone"
            ),
            (
                #"{"error":{"code":7,"message":"etcdserver: permission denied","details":[]}}"#, .accessDenied,
                "permission"
            ),
            (#"{ "error" : {"code":2, "message":"database is closed"} }"#, .refused, "database is closed"),
            (#"{"error":"boom","message":"boom","code":13}"#, .refused, "boom"),
            (#"{"error":{}}"#, .refused, "without a message"),
        ]
    )
    func errorInMidStream(message: String, code: EtcdError.Code, text: String) async throws {
        let script = SnapshotScript(databaseSize: 100_000)
        for pieceSize in [1, 13, 1 << 20] {
            let stream = Array((script.messages[0] + "\n" + message).utf8)
            let error = await #expect(throws: EtcdError.self) { try await receive(stream.pieces(of: pieceSize)) }
            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "What no gateway sends is refused",
        arguments: [
            "<html>", "[]", "{\"result\":{\"blob\":\"AA*A\"}}", "{\"result\":{\"blob\":\"AAA\"}}",
            "{\"result\":{\"blob\":\"AA=A\"}}", "{\"result\":{\"blob\":\"=AAA\"}}",
            "{\"result\":{\"blob\":\"AAA=AAAA\"}}",
            "{\"result\":{\"blob\":\"AA\\u003d=\"}}", "{\"kind\":\"Status\"}", "{\"result\":}", "{\"result\":{]}",
            "{\"result\" {}}", "{,}", "{\"result\":{\"x\":" + String(repeating: "[", count: 100),
        ]
    )
    func malformed(text: String) async throws {
        let error = await #expect(throws: EtcdError.self) { try await receive([Array(text.utf8)]) }
        #expect(error?.code == .protocolError)
    }

    @Test("A countdown that does not fit is refused", arguments: [-1, 1, 999_999])
    func wrongCountdown(difference: Int) async throws {
        let script = SnapshotScript(databaseSize: 3 * 32768)
        var messages = script.messages
        messages[1] = script.message(blob: Array(script.database[32768..<65536]), remaining: 32768 + difference)
        let stream = Array(messages.joined().utf8)
        let error = await #expect(throws: EtcdError.self) { try await receive([stream]) }
        #expect(error?.code == .protocolError)
    }

    @Test("Bytes after the hash are refused")
    func longer() async throws {
        let script = SnapshotScript(databaseSize: 1000)
        let stream = Array((script.messages + [script.message(blob: [1], remaining: 0)]).joined().utf8)
        let error = await #expect(throws: EtcdError.self) { try await receive([stream]) }
        #expect(error?.code == .protocolError)
    }

    @Test("The network is asked for more only when all before is consumed")
    func backPressure() async throws {
        let script = SnapshotScript(databaseSize: 5 * SnapshotStreamParser.chunkSize)
        var receiver = SnapshotReceiver()
        var pieces = script.stream.pieces(of: 65536)[...]
        var isConsuming = false
        _ = try await receiver.receive(
            next: {
                #expect(!isConsuming)
                return pieces.popFirst()
            },
            consume: { _ in
                isConsuming = true
                await Task.yield()
                isConsuming = false
            }
        )
    }

    @Test("An error of the consumer passes unchanged")
    func consumerError() async throws {
        struct DiskFull: Error {}
        let script = SnapshotScript(databaseSize: 300_000)
        var receiver = SnapshotReceiver()
        var pieces = [script.stream][...]
        await #expect(throws: DiskFull.self) {
            try await receiver.receive(next: { pieces.popFirst() }, consume: { _ in throw DiskFull() })
        }
    }
}
