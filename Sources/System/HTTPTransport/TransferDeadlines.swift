/// Which deadline of ``HTTPDeadlines`` is running in each phase of a transfer, and when it ends.
///
/// Knows nothing of clocks: the caller says what happened and when.
struct TransferDeadlines {
    enum Kind: Sendable, Hashable {
        case connect, firstByte, stall, total
    }

    private enum Phase {
        /// Until the connection stands.
        case connecting
        /// The request's body is on its way.
        case sending
        /// The request is out, the response's head is not yet in.
        case waiting
        /// The response's body is coming.
        case receiving
    }

    typealias Instant = ContinuousClock.Instant

    private let limits: HTTPDeadlines
    private let start: Instant
    private var phase = Phase.connecting
    private var phaseStart: Instant
    private var lastActivity: Instant
    private var isPaused = false
    /// The connection stands: the server may have seen the request.
    private(set) var isConnected = false

    init(_ limits: HTTPDeadlines, now: Instant) {
        self.limits = limits
        start = now
        phaseStart = now
        lastActivity = now
    }

    mutating func connected(now: Instant) {
        isConnected = true
        enter(.sending, now)
    }

    mutating func requestSent(now: Instant) {
        if phase == .sending { enter(.waiting, now) }
    }

    mutating func headReceived(now: Instant) { enter(.receiving, now) }

    /// Bytes moved in either direction.
    mutating func moved(now: Instant) { lastActivity = now }

    /// The transfer waits for its caller, to read or to provide the body, or does so no longer.
    mutating func paused(_ paused: Bool, now: Instant) {
        isPaused = paused
        lastActivity = now
    }

    /// Whether bytes may move without any callback telling: libcurl reads ahead what it sends.
    var isSending: Bool { phase == .sending }

    /// Whether the head of the response has come.
    var isAnswered: Bool { phase == .receiving }

    /// The deadline that comes first, `nil` when there is none.
    var next: (kind: Kind, at: Instant)? {
        var first: (kind: Kind, at: Instant)?
        func consider(_ kind: Kind, _ from: Instant, _ limit: Duration?) {
            guard let limit else { return }
            let at = from.advanced(by: limit)
            if first.map({ at < $0.at }) ?? true { first = (kind, at) }
        }
        consider(.total, start, limits.total)
        switch phase {
        case .connecting: consider(.connect, phaseStart, limits.connect)
        case .waiting: consider(.firstByte, phaseStart, limits.firstByte)
        case .sending, .receiving: if !isPaused { consider(.stall, lastActivity, limits.stall) }
        }
        return first
    }

    /// How long `kind` may take.
    func limit(_ kind: Kind) -> Duration? {
        switch kind {
        case .connect: limits.connect
        case .firstByte: limits.firstByte
        case .stall: limits.stall
        case .total: limits.total
        }
    }

    private mutating func enter(_ phase: Phase, _ now: Instant) {
        self.phase = phase
        phaseStart = now
        lastActivity = now
    }
}
