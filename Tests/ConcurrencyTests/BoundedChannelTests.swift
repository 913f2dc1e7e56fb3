import Concurrency
import Synchronization
import Testing

@Suite("Bounded channel")
struct BoundedChannelTests {
    private struct Failure: Error, Equatable {}

    @Test("Everything that is sent is received once, in order", arguments: [1, 3, 100])
    func order(capacity: Int) async throws {
        let channel = BoundedChannel<Int>(capacity: capacity)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<1000 { try await channel.send(number) }
                channel.finish()
            }
            var received: [Int] = []
            while let number = try await channel.receive() { received.append(number) }
            #expect(received == Array(0..<1000))
            try await group.waitForAll()
        }
    }

    @Test("Many senders and receivers lose nothing")
    func many() async throws {
        let channel = BoundedChannel<Int>(capacity: 2)
        let sum = Sum()
        try await withThrowingTaskGroup(of: Void.self) { receivers in
            for _ in 0..<4 {
                receivers.addTask { while let number = try await channel.receive() { sum.add(number) } }
            }
            try await withThrowingTaskGroup(of: Void.self) { senders in
                for sender in 0..<4 {
                    senders.addTask { for number in 0..<500 { try await channel.send(sender * 500 + number) } }
                }
                try await senders.waitForAll()
            }
            channel.finish()
            try await receivers.waitForAll()
        }
        #expect(sum.value == (0..<2000).reduce(0, +))
    }

    @Test("A failure reaches a sender and a receiver that wait, and what comes after")
    func failure() async throws {
        let full = BoundedChannel<Int>(capacity: 1)
        let empty = BoundedChannel<Int>(capacity: 1)
        try await full.send(1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await #expect(throws: Failure.self) { try await full.send(2) } }
            group.addTask { await #expect(throws: Failure.self) { _ = try await empty.receive() } }
            full.fail(Failure())
            empty.fail(Failure())
        }
        await #expect(throws: Failure.self) { _ = try await full.receive() }
    }

    @Test("A failure counts after a finish: a cut-off queue is not a whole one")
    func failureAfterFinish() async throws {
        let channel = BoundedChannel<Int>(capacity: 2)
        try await channel.send(1)
        channel.finish()
        channel.fail(Failure())
        await #expect(throws: Failure.self) { _ = try await channel.receive() }
    }

    @Test("Cancelling ends a wait")
    func cancellation() async throws {
        let channel = BoundedChannel<Int>(capacity: 1)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        _ = try await channel.receive()
                        return false
                    } catch { return error is CancellationError }
                }
            }
            group.cancelAll()
            for await wasCancelled in group { #expect(wasCancelled) }
        }
    }

    /// A `Mutex` that a `sending` closure may capture.
    private final class Sum: Sendable {
        private let state = Mutex(0)

        var value: Int { state.withLock { $0 } }

        func add(_ number: Int) { state.withLock { $0 += number } }
    }
}
