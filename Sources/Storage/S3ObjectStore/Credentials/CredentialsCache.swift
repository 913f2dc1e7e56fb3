import ObjectStore
import Synchronization

/// Holds the credentials in use, and gets new ones before they expire: once, however many ask.
actor CredentialsCache {
    /// How long before the end of those at hand new ones are looked for.
    private static let refreshTime = 600.0
    /// How long before their end they are used at the latest, should there be none.
    private static let margin = 60.0

    private let providers: [any CredentialsProvider]
    private let now: @Sendable () -> Double
    private var held: AWSCredentials?
    private var search: Task<AWSCredentials, any Error>?
    /// No second search earlier than this, after one that failed or found nothing that is good for longer.
    private var nextSearch = 0.0
    private nonisolated let heldDescription = Mutex("credentials")

    /// - Parameter providers: Where to look, in this order.
    init(_ providers: [any CredentialsProvider], now: @escaping @Sendable () -> Double) {
        self.providers = providers
        self.now = now
    }

    /// What messages call the credentials used last, without their secrets.
    nonisolated var lastDescription: String { heldDescription.withLock { $0 } }

    /// Credentials that are good for another minute at least.
    ///
    /// - Throws: ``ObjectStoreError`` with code `accessDenied` when there are none.
    func current() async throws -> AWSCredentials {
        guard let held else { return try await renew() }
        let left = held.expiresAt.map { $0 - now() } ?? .infinity
        if left > Self.refreshTime { return held }
        if left <= Self.margin { return try await renew() }
        guard now() >= nextSearch else { return held }
        do {
            let renewed = try await renew()
            if renewed.expiresAt == held.expiresAt { nextSearch = now() + Self.margin }
            return renewed
        } catch is ObjectStoreError {
            nextSearch = now() + Self.margin
            return held
        }
    }

    /// Looks for others than `used`, which a server did not accept.
    ///
    /// - Returns: Whether there are others.
    func replace(_ used: AWSCredentials) async -> Bool {
        if let held, held != used { return true }
        guard let renewed = try? await renew() else { return false }
        return renewed != used
    }

    private func renew() async throws -> AWSCredentials {
        if let search { return try await search.value }
        // Not cancelled with the one who asked first: others wait for it too, and its time is bounded.
        let search = Task { try await Self.search(providers) }
        self.search = search
        defer { self.search = nil }
        let found = try await search.value
        held = found
        heldDescription.withLock { $0 = found.description }
        return found
    }

    private static func search(_ providers: [any CredentialsProvider]) async throws -> AWSCredentials {
        var tried: [String] = []
        for provider in providers {
            switch try await provider.find() {
            case .found(let credentials): return credentials
            case .notSetUp(let place): tried.append(place)
            }
        }
        throw ObjectStoreError(
            .accessDenied,
            "No AWS credentials were found. Tried, in this order: \(tried.joined(separator: "; ")). "
                + "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has credentials."
        )
    }
}
