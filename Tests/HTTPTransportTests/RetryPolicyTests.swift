import HTTPTransport
import Synchronization
import Testing

@Suite("Retry policy")
struct RetryPolicyTests {
    private let clock = FakeClock()
    private let transient = HTTPTransportError(.connectionLost, "The connection was lost.")
    private let unapplied = HTTPTransportError(.connectFailed, "No connection.", isProvablyUnapplied: true)

    private func context(random: Double = 1) -> RetryContext {
        RetryContext(clock: clock, random: { random })
    }

    /// Runs tries that fail with `errors` one after the other and then succeed.
    private func run(
        _ policy: RetryPolicy = RetryPolicy(),
        isIdempotent: Bool = true,
        random: Double = 1,
        failing errors: [any Error]
    ) async throws -> Int {
        try await policy.run(isIdempotent: isIdempotent, context: context(random: random)) { attempt in
            if attempt <= errors.count { throw errors[attempt - 1] }
            return .done(attempt)
        }
    }

    @Test("What goes well is done once")
    func firstTry() async throws {
        #expect(try await run(failing: []) == 1)
        #expect(clock.sleeps.isEmpty)
    }

    @Test("Waits double up to their bound")
    func backOff() async throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 8
        policy.maximumDelay = .seconds(3)
        #expect(try await run(policy, failing: Array(repeating: transient, count: 7)) == 8)
        #expect(clock.sleeps.map { $0 / .milliseconds(1) } == [200, 400, 800, 1600, 3000, 3000, 3000])
    }

    @Test("Waits are random below their bound", arguments: [0, 0.25, 0.5])
    func jitter(random: Double) async throws {
        _ = try await run(random: random, failing: Array(repeating: transient, count: 3))
        #expect(clock.sleeps.map { $0 / .milliseconds(1) } == [200 * random, 400 * random, 800 * random])
    }

    @Test("After the last try its error is thrown")
    func attemptsUsedUp() async throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 3
        let last = HTTPTransportError(.timedOut, "The last.")
        let error = await #expect(throws: HTTPTransportError.self) {
            try await run(policy, failing: [transient, transient, last, transient])
        }
        #expect(error?.message == "The last.")
        #expect(clock.sleeps.count == 2)
    }

    @Test("No try starts after the time budget")
    func timeUsedUp() async throws {
        var policy = RetryPolicy()
        policy.totalBudget = .seconds(10)
        let attempts = Counter()
        await #expect(throws: HTTPTransportError.self) {
            let _: Int = try await policy.run(isIdempotent: true, context: context()) { _ in
                attempts.increment()
                clock.advance(by: .seconds(4))
                throw transient
            }
        }
        // 4 s, 0.2 s, 4 s, 0.4 s, and after the third try 12.6 s are over.
        #expect(attempts.count == 3)
    }

    @Test("An operation that is not idempotent is repeated only if it was certainly not applied")
    func notIdempotent() async throws {
        #expect(try await run(isIdempotent: false, failing: [unapplied, unapplied]) == 3)
        await #expect(throws: HTTPTransportError.self) { try await run(isIdempotent: false, failing: [transient]) }
    }

    @Test("Errors that will not go away are not retried", arguments: [true, false])
    func permanent(isUnapplied: Bool) async throws {
        for code in [
            HTTPTransportError.Code.invalidRequest, .tlsFailed, .clientCertificateRefused, .protocolError,
            .responseTooLarge, .requestBodyFailed,
        ] {
            let error = HTTPTransportError(code, "For good.", isProvablyUnapplied: isUnapplied)
            await #expect(throws: HTTPTransportError.self) { try await run(failing: [error]) }
        }
        #expect(clock.sleeps.isEmpty)
    }

    @Test("Errors of others pass through")
    func otherErrors() async throws {
        struct Other: Error {}
        await #expect(throws: Other.self) { try await run(failing: [Other()]) }
        await #expect(throws: CancellationError.self) { try await run(failing: [CancellationError()]) }
        #expect(clock.sleeps.isEmpty)
    }

    @Test("A verdict can ask for another try, and says what counts if there is none")
    func verdicts() async throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 2
        let notices = Mutex<[RetryNotice]>([])
        let holder = RetryContext(clock: clock, random: { 0 }) { notice in notices.withLock { $0.append(notice) } }
        let value = try await policy.run(isIdempotent: false, context: holder) { attempt in
            .again(reason: "busy", after: .seconds(7), otherwise: .success(attempt))
        }
        #expect(value == 2)
        #expect(clock.sleeps == [.seconds(7)])
        #expect(notices.withLock(\.self) == [RetryNotice(attempt: 1, delay: .seconds(7), reason: "busy")])
    }

    @Test("Cancelling ends the waiting")
    func cancellation() async throws {
        let failed = Signal<Void>()
        let task = Task {
            var policy = RetryPolicy()
            policy.firstDelay = .seconds(3000)
            policy.maximumDelay = .seconds(3000)
            policy.totalBudget = .seconds(9000)
            let _: Int = try await policy.run(isIdempotent: true, context: RetryContext(random: { 1 })) { _ in
                failed.set()
                throw transient
            }
        }
        await failed.wait()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(
        "Statuses that lead to another try",
        arguments: [
            (200, false, false, false), (404, true, true, false), (409, true, true, false), (501, true, true, false),
            (500, false, true, true), (502, false, true, true), (503, false, true, true), (504, false, true, true),
            (408, false, true, true), (429, false, true, true), (429, false, false, true), (503, true, false, true),
            (503, false, false, false), (500, true, false, false), (504, true, false, false), (408, true, false, false),
        ]
    )
    func statuses(status: Int, hasRetryAfter: Bool, isIdempotent: Bool, isRetried: Bool) {
        #expect(
            RetryPolicy().retries(status: status, hasRetryAfter: hasRetryAfter, isIdempotent: isIdempotent) == isRetried
        )
    }
}
