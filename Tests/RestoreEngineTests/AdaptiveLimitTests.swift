import Synchronization
import Testing

@testable import RestoreEngine

@Suite("Adaptive limit")
struct AdaptiveLimitTests {
    struct Overload: Error {}

    @Test("Overload halves the limit, success raises it again, never beyond the maximum")
    func adapts() async throws {
        let limit = AdaptiveLimit(maximum: 8)
        for expected in [4, 2, 1, 1] {
            await #expect(throws: Overload.self) { try await limit.run(isOverload: { _ in true }) { throw Overload() } }
            #expect(limit.current == expected)
        }
        await #expect(throws: Overload.self) { try await limit.run(isOverload: { _ in false }) { throw Overload() } }
        #expect(limit.current == 1)
        for _ in 0..<100 { try await limit.run(isOverload: { _ in false }) {} }
        #expect(limit.current == 8)
    }

    @Test("No more requests run at once than the limit allows, and all run in the end")
    func bounds() async throws {
        let limit = AdaptiveLimit(maximum: 3)
        let running = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await limit.run(isOverload: { _ in false }) {
                        running.enter()
                        await Task.yield()
                        running.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(running.done == 50)
        #expect(running.most <= 3)
    }

    /// Counts what runs at once.
    private final class Gauge: Sendable {
        private struct State {
            var now = 0
            var most = 0
            var done = 0
        }

        private let state = Mutex(State())

        var most: Int { state.withLock(\.most) }
        var done: Int { state.withLock(\.done) }

        func enter() {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
        }

        func leave() {
            state.withLock { state in
                state.now -= 1
                state.done += 1
            }
        }
    }
}
