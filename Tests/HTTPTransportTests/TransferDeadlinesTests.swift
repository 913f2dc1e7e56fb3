import Testing

@testable import HTTPTransport

@Suite("Which deadline runs when")
struct TransferDeadlinesTests {
    private let start = ContinuousClock.now
    private let limits: HTTPDeadlines = {
        var limits = HTTPDeadlines()
        limits.connect = .seconds(10)
        limits.firstByte = .seconds(20)
        limits.stall = .seconds(30)
        limits.total = .seconds(1000)
        return limits
    }()

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test("Connect, then stall while sending, first byte while waiting, stall while receiving")
    func phases() throws {
        var deadlines = TransferDeadlines(limits, now: start)
        #expect(deadlines.next?.kind == .connect && deadlines.next?.at == at(10))
        #expect(!deadlines.isConnected)
        deadlines.connected(now: at(1))
        #expect(deadlines.isConnected && deadlines.isSending)
        #expect(deadlines.next?.kind == .stall && deadlines.next?.at == at(31))
        deadlines.moved(now: at(5))
        #expect(deadlines.next?.at == at(35))
        deadlines.requestSent(now: at(7))
        #expect(!deadlines.isSending)
        #expect(deadlines.next?.kind == .firstByte && deadlines.next?.at == at(27))
        deadlines.moved(now: at(9))
        #expect(deadlines.next?.at == at(27), "interim responses do not prolong the wait")
        deadlines.headReceived(now: at(12))
        #expect(deadlines.next?.kind == .stall && deadlines.next?.at == at(42))
    }

    @Test("A pause stops the stall deadline, and its end starts it anew")
    func pause() {
        var deadlines = TransferDeadlines(limits, now: start)
        deadlines.connected(now: at(1))
        deadlines.headReceived(now: at(2))
        deadlines.paused(true, now: at(3))
        #expect(deadlines.next?.kind == .total && deadlines.next?.at == at(1000))
        deadlines.paused(false, now: at(500))
        #expect(deadlines.next?.kind == .stall && deadlines.next?.at == at(530))
    }

    @Test("The total deadline counts when it comes first")
    func total() {
        var deadlines = TransferDeadlines(limits, now: start)
        deadlines.connected(now: at(1))
        deadlines.headReceived(now: at(980))
        #expect(deadlines.next?.kind == .total && deadlines.next?.at == at(1000))
    }

    @Test("The end of the request after an early answer does not start the wait for one")
    func earlyAnswer() {
        var deadlines = TransferDeadlines(limits, now: start)
        deadlines.connected(now: at(1))
        deadlines.headReceived(now: at(2))
        deadlines.requestSent(now: at(3))
        #expect(deadlines.next?.kind == .stall)
    }

    @Test("Without limits there is no deadline")
    func none() {
        var limits = HTTPDeadlines()
        limits.connect = nil
        limits.firstByte = nil
        limits.stall = nil
        var deadlines = TransferDeadlines(limits, now: start)
        #expect(deadlines.next == nil)
        deadlines.connected(now: at(1))
        deadlines.requestSent(now: at(1))
        deadlines.headReceived(now: at(1))
        #expect(deadlines.next == nil)
    }
}
