import Concurrency
import Testing

@Suite("Work that outlives a cancellation")
struct UncancelledTests {
    @Test("A cancelled task finishes what is uncancelled")
    func finishes() async throws {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await uncancelled(within: .seconds(60)) {
                try Task.checkCancellation()
                try await Task.sleep(for: .milliseconds(1))
                return 7
            }
        }
        task.cancel()
        #expect(try await task.value == 7)
    }

    @Test("An error comes through")
    func fails() async {
        struct Broken: Error {}
        await #expect(throws: Broken.self) { try await uncancelled(within: .seconds(60)) { throw Broken() } }
    }

    @Test("What takes too long is cancelled")
    func limit() async {
        await #expect(throws: CancellationError.self) {
            try await uncancelled(within: .milliseconds(1)) { try await Task.sleep(for: .seconds(3600)) }
        }
    }
}
