import Foundation
import HTTPTransport
import HTTPTypes
import Testing

@Suite("Cancellation")
struct CancellationTests {
    @Test("A task that is cancelled before its request does not send it")
    func beforeStart() async throws {
        try await withServer {
            try $0.respond()
        } _: { server in
            let go = Signal<Void>()
            let task = Task {
                await go.wait()
                return try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10)
            }
            task.cancel()
            go.set()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(server.connectionCount == 0)
        }
    }

    @Test("Cancelling while the server is silent ends the request and closes its connection")
    func beforeHead() async throws {
        let asked = Signal<Void>()
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            asked.set()
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            let task = Task { try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 10) }
            await asked.wait()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            await sawClose.wait()
        }
    }

    @Test("Cancelling in the middle of a body ends the request and closes its connection", arguments: [true, false])
    func midBody(isReading: Bool) async throws {
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegin")
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            let begun = Signal<Void>()
            let never = Signal<Void>()
            let task = Task {
                try await HTTPClient().send(HTTPClientRequest(url: server.url)) { response in
                    var iterator = response.body.makeAsyncIterator()
                    _ = try await iterator.next()
                    begun.set()
                    if !isReading { await never.wait() }
                    while try await iterator.next() != nil {}
                }
            }
            await begun.wait()
            task.cancel()
            // The server sees the close even while the reader is busy with something else.
            await sawClose.wait()
            never.set()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("Cancelling an upload stops its source and closes its connection")
    func midUpload() async throws {
        let begun = Signal<Void>()
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            let task = Task {
                try await HTTPClient().collect(
                    HTTPClientRequest(
                        method: .put,
                        url: server.url,
                        body: .stream(length: nil) {
                            begun.set()
                            try await Task.sleep(for: .seconds(600))
                            return [1]
                        }
                    ),
                    limit: 10
                )
            }
            await begun.wait()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            await sawClose.wait()
        }
    }

    @Test("Returning without reading a long body closes the connection")
    func earlyReturn() async throws {
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegin")
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            let status = try await HTTPClient().send(HTTPClientRequest(url: server.url)) { $0.status }
            #expect(status == 200)
            await sawClose.wait()
        }
    }

    @Test("A short rest that does not come does not hold the connection for ever")
    func shortRestThatHangs() async throws {
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegin")
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            _ = try await HTTPClient().send(HTTPClientRequest(url: server.url)) { $0.status }
            await sawClose.wait()
        }
    }

    @Test("An error of the reader ends the transfer and comes through")
    func readerThrows() async throws {
        struct ReaderFailure: Error {}
        let sawClose = Signal<Void>()
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\n\r\nbegin")
            connection.waitForClose()
            sawClose.set()
        } _: { server in
            await #expect(throws: ReaderFailure.self) {
                try await HTTPClient().send(HTTPClientRequest(url: server.url)) { response in
                    for try await _ in response.body { throw ReaderFailure() }
                }
            }
            await sawClose.wait()
        }
    }

    @Test("A body that outlives its request cannot be read")
    func escapedBody() async throws {
        try await withServer { connection in
            _ = try connection.readHead()
            try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegin")
            connection.waitForClose()
        } _: { server in
            let body = try await HTTPClient().send(HTTPClientRequest(url: server.url)) { $0.body }
            await #expect(throws: CancellationError.self) { try await body.collect(limit: 2_000_000) }
        }
    }

    @Test("Hundreds of requests that are cancelled at any moment all end")
    func cancellationStorm() async throws {
        // Few enough connections to leave those of other tests in libcurl's pool.
        try await withServer { connection in
            while true {
                _ = try connection.readHead()
                try connection.respond(body: String(repeating: "x", count: 300_000))
            }
        } _: { server in
            await withTaskGroup { group in
                for index in 0..<40 {
                    group.addTask {
                        for round in 0..<20 {
                            let task = Task {
                                try await HTTPClient().collect(HTTPClientRequest(url: server.url), limit: 1 << 20)
                            }
                            for _ in 0..<(index + round * 7) { await Task.yield() }
                            task.cancel()
                            switch await task.result {
                            case .success(let response): #expect(response.body.count == 300_000)
                            case .failure(let error): #expect(error is CancellationError)
                            }
                        }
                    }
                }
            }
        }
    }
}
