/// Waits between tries: exponentially longer, with full jitter.
struct RestoreBackoff {
    private let time: RestoreTime
    private let start: Duration
    private var attempts = 0

    private static let first = Duration.milliseconds(200)
    private static let longest = Duration.seconds(10)

    init(_ time: RestoreTime) {
        self.time = time
        start = time.now()
    }

    /// Waits before the next try.
    ///
    /// - Parameters:
    ///   - attempts: The most tries, the first one included.
    ///   - shortest: What the server asked for.
    /// - Returns: `false`, at once, when there were enough tries.
    mutating func pause(attempts limit: Int, atLeast shortest: Duration = .zero) async throws -> Bool {
        guard attempts + 1 < limit else { return false }
        try await pause(shortest)
        return true
    }

    /// Waits before the next try, unless that would be later than `budget` after the first.
    mutating func pause(within budget: Duration) async throws -> Bool {
        guard time.now() - start < budget else { return false }
        try await pause(.zero)
        return true
    }

    private mutating func pause(_ shortest: Duration) async throws {
        let ceiling = min(Self.first * (1 << min(attempts, 10)), Self.longest)
        attempts += 1
        try await time.sleep(max(ceiling * time.jitter(), min(shortest, .seconds(30))))
    }
}
