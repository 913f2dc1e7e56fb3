/// How much a restore does at once, and how long it waits for what.
package struct RestoreLimits: Sendable, Hashable {
    /// The most objects in work at once.
    package var parallelism = 8
    /// How long kinds may take to be served after their definitions were created.
    package var definitionTimeout: Duration = .seconds(300)
    /// How long namespaces and objects may take that are still being deleted.
    package var deletionTimeout: Duration = .seconds(600)
    /// How long objects are tried again that are refused for want of something that may still come: a service account,
    /// a webhook's backend.
    ///
    /// Counts from the moment when all other objects are restored.
    package var refusalTimeout: Duration = .seconds(60)
    /// How long a server may be unreachable before the restore gives up.
    package var outageTimeout: Duration = .seconds(120)
    /// The most notes of each list of the report; the rest is counted.
    package var notes = 10_000

    package init() {}
}

/// Time, as a restore sees it.
package struct RestoreTime: Sendable {
    /// Since any fixed moment; never goes back.
    package var now: @Sendable () -> Duration
    package var sleep: @Sendable (Duration) async throws -> Void
    /// From 0 to 1: spreads repetitions.
    package var jitter: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        jitter: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.jitter = jitter
    }

    /// The machine's own.
    package static var system: RestoreTime {
        let start = ContinuousClock.now
        return RestoreTime(
            now: { ContinuousClock.now - start },
            sleep: { try await Task.sleep(for: $0) },
            jitter: { Double.random(in: 0...1) }
        )
    }
}
