import HTTPTransport
import HTTPTypes
import Testing

@Suite("Requests with a retry policy")
struct RetryingClientTests {
    private let clock = FakeClock()
    private var context: RetryContext { RetryContext(clock: clock, random: { 1 }) }

    /// Answers request after request with `answers`, and the rest with the last one; an empty answer closes.
    private func answering(_ answers: [String], _ requests: Counter) -> ServerSocket.Handler {
        { connection in
            while true {
                let request = try connection.readHead()
                _ = try connection.readBody(of: request)
                requests.increment()
                let answer = answers[min(requests.count, answers.count) - 1]
                if answer.isEmpty { return }
                try connection.write(answer)
            }
        }
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func status(_ status: Int, _ fields: String...) -> String {
        (["HTTP/1.1 \(status) Status", "Content-Length: 4"] + fields).joined(separator: "\r\n") + "\r\n\r\nlate"
    }

    @Test("Retry-After is kept to, up to the longest wait")
    func retryAfter() async throws {
        let requests = Counter()
        let answers = [
            Self.status(503, "Retry-After: 7"), Self.status(429, "Retry-After: 3600"),
            Self.status(
                503,
                "Date: Sun, 06 Nov 1994 08:49:37 GMT",
                "Retry-After: Sun, 06 Nov 1994 08:49:48 GMT"
            ), Self.ok,
        ]
        try await withServer(answering(answers, requests)) { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(method: .post, url: server.url, body: .bytes([1])),
                limit: 10,
                retrying: RetryPolicy(),
                isIdempotent: false,
                context: context
            )
            #expect(response.status == 200)
            // 200 ms on top keep clients apart that were sent away together.
            #expect(clock.sleeps.map { $0 / .milliseconds(1) } == [7200, 20200, 11200])
            #expect(requests.count == 4)
        }
    }

    @Test("Statuses are retried for idempotent requests, and the last answer counts")
    func statusUntilTheEnd() async throws {
        let requests = Counter()
        var policy = RetryPolicy()
        policy.maximumAttempts = 3
        try await withServer(answering([Self.status(500)], requests)) { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(url: server.url),
                limit: 10,
                retrying: policy,
                isIdempotent: true,
                context: context
            )
            #expect(response.status == 500)
            #expect(response.body == Array("late".utf8))
            #expect(requests.count == 3)
        }
    }

    @Test("A server error is not retried for a request that is not idempotent", arguments: [500, 502, 503, 504])
    func statusOfPost(status: Int) async throws {
        let requests = Counter()
        try await withServer(answering([Self.status(status), Self.ok], requests)) { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(method: .post, url: server.url),
                limit: 10,
                retrying: RetryPolicy(),
                isIdempotent: false,
                context: context
            )
            #expect(response.status == status)
            #expect(requests.count == 1)
        }
    }

    @Test("A lost connection is retried for idempotent requests only", arguments: [true, false])
    func lostConnection(isIdempotent: Bool) async throws {
        let requests = Counter()
        try await withServer(answering(["", "", Self.ok], requests)) { server in
            let result = await Result {
                try await HTTPClient().collect(
                    HTTPClientRequest(method: .put, url: server.url, body: .bytes([1])),
                    limit: 10,
                    retrying: RetryPolicy(),
                    isIdempotent: isIdempotent,
                    context: context
                )
            }
            if isIdempotent {
                #expect((try? result.get())?.status == 200)
                #expect(requests.count == 3)
            } else {
                #expect((result.failure as? HTTPTransportError)?.code == .connectionLost)
                #expect(requests.count == 1)
            }
        }
    }

    @Test("A request that found no server is retried, idempotent or not")
    func noServer() async throws {
        let url = try await withServer({ _ in }) { $0.url }
        let error = await #expect(throws: HTTPTransportError.self) {
            try await HTTPClient().collect(
                HTTPClientRequest(method: .post, url: url),
                limit: 10,
                retrying: RetryPolicy(),
                isIdempotent: false,
                context: context
            )
        }
        #expect(error?.code == .connectFailed)
        #expect(clock.sleeps.count == 5)
    }

    @Test("A response that breaks off is fetched again by collect, not by a reader who has seen some of it")
    func brokenBody() async throws {
        for collects in [true, false] {
            let requests = Counter()
            let broken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"
            try await withServer { connection in
                _ = try connection.readHead()
                requests.increment()
                try connection.write(requests.count == 1 ? broken : Self.ok)
            } _: { server in
                let request = HTTPClientRequest(url: server.url)
                let result = await Result {
                    if collects {
                        try await HTTPClient().collect(
                            request,
                            limit: 10,
                            retrying: RetryPolicy(),
                            isIdempotent: true,
                            context: context
                        ).body
                    } else {
                        try await HTTPClient().send(
                            request,
                            retrying: RetryPolicy(),
                            isIdempotent: true,
                            context: context
                        ) { try await $0.body.collect(limit: 10) }
                    }
                }
                #expect((try? result.get()) == (collects ? Array("ok".utf8) : nil))
                #expect(requests.count == (collects ? 2 : 1))
            }
        }
    }

    @Test("A streamed body that was begun is not sent again")
    func begunStream() async throws {
        let requests = Counter()
        try await withServer(answering([Self.status(503, "Retry-After: 1"), Self.ok], requests)) { server in
            let response = try await HTTPClient().collect(
                HTTPClientRequest(
                    method: .put,
                    url: server.url,
                    body: .stream(length: nil, next: chunks(of: [1, 2, 3], size: 1))
                ),
                limit: 10,
                retrying: RetryPolicy(),
                isIdempotent: true,
                context: context
            )
            #expect(response.status == 503)
            #expect(requests.count == 1)
        }
    }

    @Test("A streamed body that was not begun is sent when the server is there")
    func streamNotBegun() async throws {
        let url = try await withServer({ _ in }) { $0.url }
        let source = ChunkSource([1, 2, 3], size: 1)
        await #expect(throws: HTTPTransportError.self) {
            try await HTTPClient().collect(
                HTTPClientRequest(method: .put, url: url, body: .stream(length: 3) { source.next() }),
                limit: 10,
                retrying: RetryPolicy(),
                isIdempotent: true,
                context: context
            )
        }
        #expect(clock.sleeps.count == 5)
        #expect(source.pullCount == 0)
    }
}

extension Result where Failure == any Error {
    /// The result of something that takes its time.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }

    var failure: (any Error)? {
        if case .failure(let error) = self { error } else { nil }
    }
}
