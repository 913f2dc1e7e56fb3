import HTTPTransport
import Testing

@testable import Etcd

@Suite("Etcd client, faults", .timeLimit(.minutes(3)))
struct EtcdClientFaultTests {
    private static let status = "POST /v3/maintenance/status"
    private static let snapshot = "POST /v3/maintenance/snapshot"
    private static let statusAnswer = ScriptedServer.response(
        200,
        #"{"header":{"cluster_id":"15118495548433857066","member_id":"13668033151171901709","revision":"7"},"#
            + #""version":"3.5.9","dbSize":"20480","leader":"13668033151171901709","raftIndex":"4"}"#
    )

    @Test("A status with members left out reads as zero")
    func status() async throws {
        try await ScriptedServer.run([Self.status: Self.statusAnswer]) { server in
            let status = try await client([server.url]).status()
            #expect(status.version == "3.5.9")
            #expect(status.revision == 7)
            #expect(status.clusterID == 15_118_495_548_433_857_066)
            #expect(status.dbSizeInBytes == 20480)
            #expect(status.dbSizeInUseInBytes == 0)
            #expect(status.isLeader)
            #expect(status.errors == [])
        }
    }

    @Test("A whole stream is delivered", arguments: [1 << 20, 1000])
    func wholeStream(pieceSize: Int) async throws {
        let script = SnapshotScript(databaseSize: 700_000)
        let answers = [
            Self.status: Self.statusAnswer, Self.snapshot: ScriptedServer.chunked(script.stream.pieces(of: pieceSize)),
        ]
        try await ScriptedServer.run(answers) { server in
            var received: [UInt8] = []
            let summary = try await client([server.url]).snapshot { received += $0 }
            #expect(received == script.expected)
            #expect(summary.sizeInBytes == received.count)
            #expect(summary.databaseSizeInBytes == 700_000)
            #expect(summary.sha256 == script.hash)
            #expect(summary.endpoint == server.url)
            #expect(summary.status.revision == 7)
        }
    }

    @Test("A connection that breaks in mid-stream is a truncated snapshot")
    func brokenConnection() async throws {
        let stream = Array(SnapshotScript(databaseSize: 700_000).stream.dropLast(5000))
        try await expectSnapshotError(.truncated, ScriptedServer.chunked([stream], isWhole: false), says: "broke off")
    }

    @Test("A stream that ends in order, but too early, is a truncated snapshot")
    func earlyEnd() async throws {
        let messages = SnapshotScript(databaseSize: 700_000).messages.dropLast(2)
        let answer = ScriptedServer.chunked([Array(messages.joined().utf8)])
        try await expectSnapshotError(.truncated, answer, says: "of 700032 bytes")
    }

    @Test("A wrong hash is corruption")
    func wrongHash() async throws {
        var script = SnapshotScript(databaseSize: 700_000)
        script.hash[0] ^= 1
        try await expectSnapshotError(.corrupted, ScriptedServer.chunked([script.stream]), says: "SHA-256")
    }

    @Test("An error in mid-stream is told with etcd's words")
    func errorInMidStream() async throws {
        let error = #"{"error":{"grpc_code":13,"http_code":500,"message":"disk gone","http_status":"Internal"}}"#
        let stream = Array((SnapshotScript(databaseSize: 700_000).messages[0] + "\n" + error).utf8)
        try await expectSnapshotError(.refused, ScriptedServer.chunked([stream]), says: "'disk gone' (gRPC code 13)")
    }

    @Test(
        "A refusal instead of a stream is explained",
        arguments: [
            (403, #"{"error":"etcdserver: permission denied","code":7}"#, EtcdError.Code.accessDenied, "--user"),
            (400, #"{"error":"etcdserver: user name is empty","code":3}"#, .accessDenied, "--user"),
            (503, #"{"code":14,"message":"etcdserver: no leader"}"#, .unavailable, "no leader"),
            (
                503, #"{"code":14,"message":"connection error: authentication handshake failed"}"#, .unavailable,
                "client auth"
            ),
        ]
    )
    func refusal(status: Int, body: String, code: EtcdError.Code, text: String) async throws {
        try await expectSnapshotError(code, ScriptedServer.response(status, body), says: text)
    }

    @Test(
        "A server without the gateway under /v3 is told apart",
        arguments: [
            (#"{"etcdserver":"3.3.25","etcdcluster":"3.3.0"}"#, EtcdError.Code.unsupportedVersion, "3.3.25"),
            (#"{"etcdserver":"3.5.9","etcdcluster":"3.5.0"}"#, .unsupportedVersion, "--enable-grpc-gateway"),
            (#"{"major":"1","minor":"30"}"#, .notEtcd, "not etcd"),
            ("<html>", .notEtcd, "not etcd"),
        ]
    )
    func otherServers(version: String, code: EtcdError.Code, text: String) async throws {
        try await ScriptedServer.run(["GET /version": ScriptedServer.response(200, version)]) { server in
            let error = await #expect(throws: EtcdError.self) { try await client([server.url]).status() }
            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(server.url) == true)
        }
    }

    @Test("JSON that is not a status is not etcd's", arguments: ["{}", "[]", "{\"version\":\"1\"}", ""])
    func foreignStatus(body: String) async throws {
        try await ScriptedServer.run([Self.status: ScriptedServer.response(200, body)]) { server in
            let error = await #expect(throws: EtcdError.self) { try await client([server.url]).status() }
            #expect(error?.code == .notEtcd)
        }
    }

    @Test("The next endpoint is asked when one does not answer, and every failure is told")
    func endpointsInTurn() async throws {
        try await ScriptedServer.run([:]) { stranger in
            let dead = "http://127.0.0.1:1"
            try await ScriptedServer.run([Self.status: Self.statusAnswer]) { member in
                let status = try await client([dead, stranger.url, member.url]).status()
                #expect(status.version == "3.5.9")
            }
            let error = await #expect(throws: EtcdError.self) { try await client([dead, stranger.url]).status() }
            #expect(error?.code == .notEtcd)
            #expect(error?.message.contains("(1) etcd at '\(dead)' could not be asked") == true)
            #expect(error?.message.contains("(2) What answers at '\(stranger.url)'") == true)
        }
    }

    @Test("After the first bytes no other endpoint is asked")
    func noSecondEndpoint() async throws {
        let script = SnapshotScript(databaseSize: 700_000)
        let broken = ScriptedServer.chunked([Array(script.stream.dropLast(100))], isWhole: false)
        let whole = ScriptedServer.chunked([script.stream])
        try await ScriptedServer.run([Self.status: Self.statusAnswer, Self.snapshot: broken]) { first in
            try await ScriptedServer.run([Self.status: Self.statusAnswer, Self.snapshot: whole]) { second in
                var delivered = 0
                let error = await #expect(throws: EtcdError.self) {
                    try await client([first.url, second.url]).snapshot { delivered += $0.count }
                }
                #expect(error?.code == .truncated)
                #expect(delivered == 2 * SnapshotStreamParser.chunkSize)
                #expect(second.requests.isEmpty)
            }
        }
    }

    @Test("A consumer's error passes unchanged, even one of the transport")
    func consumerError() async throws {
        let script = SnapshotScript(databaseSize: 700_000)
        let answers = [Self.status: Self.statusAnswer, Self.snapshot: ScriptedServer.chunked([script.stream])]
        try await ScriptedServer.run(answers) { server in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await client([server.url]).snapshot { _ in throw HTTPTransportError(.timedOut, "the upload") }
            }
            #expect(error?.message == "the upload")
        }
    }

    @Test("A token is asked for and sent along; the password is in no message")
    func authentication() async throws {
        let script = SnapshotScript(databaseSize: 1000)
        let answers = [
            "POST /v3/auth/authenticate": ScriptedServer.response(200, #"{"header":{},"token":"abc.9"}"#),
            Self.status: Self.statusAnswer, Self.snapshot: ScriptedServer.chunked([script.stream]),
        ]
        try await ScriptedServer.run(answers) { server in
            _ = try await client([server.url], user: "root").snapshot { _ in }
            let tokens = server.requests.map { $0.lowercased().contains("\r\nauthorization: abc.9") }
            #expect(tokens == [false, true, true])
        }
        let refusal = #"{"error":"etcdserver: authentication failed, invalid user ID or password","code":3}"#
        let refusing = ["POST /v3/auth/authenticate": ScriptedServer.response(400, refusal)]
        try await ScriptedServer.run(refusing) { server in
            let error = await #expect(throws: EtcdError.self) { try await client([server.url], user: "root").status() }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("user 'root'") == true)
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    private func expectSnapshotError(_ code: EtcdError.Code, _ answer: [UInt8], says text: String) async throws {
        try await ScriptedServer.run([Self.status: Self.statusAnswer, Self.snapshot: answer]) { server in
            let error = await #expect(throws: EtcdError.self) { try await client([server.url]).snapshot { _ in } }
            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(server.url) == true)
        }
    }

    private func client(_ endpoints: [String], user: String? = nil) throws -> EtcdClient {
        var configuration = EtcdEndpointConfiguration(endpoints: endpoints)
        configuration.credentials = user.map { EtcdCredentials(username: $0, password: "hunter2") }
        configuration.retry = .none
        return try EtcdClient(configuration)
    }
}
