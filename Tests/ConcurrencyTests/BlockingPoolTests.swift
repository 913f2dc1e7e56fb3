import Concurrency
import Dispatch
import Testing

@Suite("Calls that block")
struct BlockingPoolTests {
    @Test("A call that waits for a thread holds up no task that is cancelled, and is not made", .timeLimit(.minutes(1)))
    func cancelledWhileWaiting() async throws {
        let pool = BlockingPool(label: "kbackup.test", width: 1)
        let end = DispatchSemaphore(value: 0)
        let begun = BoundedChannel<Void>(capacity: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // The only thread is taken until the end of the test.
                try await pool.run {
                    begun.finish()
                    end.wait()
                }
            }
            _ = try await begun.receive()
            let queued = Task { try await pool.run { Issue.record("nobody wants this any more") } }
            queued.cancel()
            await #expect(throws: CancellationError.self) { try await queued.value }
            end.signal()
            try await group.waitForAll()
        }
        #expect(try await pool.run { 7 } == 7)
    }

    @Test("More calls than threads all come to an end")
    func many() async throws {
        let pool = BlockingPool(label: "kbackup.test", width: 2)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...100 { group.addTask { try await pool.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 5050)
    }
}
