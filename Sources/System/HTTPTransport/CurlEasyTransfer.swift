import CCurl

/// One transfer on the event-loop thread: an easy handle, its options, and what its callbacks need.
@safe final class CurlEasyTransfer {
    let easy: UnsafeMutableRawPointer
    let request: PreparedRequest
    let exchange: HTTPExchange
    var deadlines: TransferDeadlines

    /// Why a callback stopped the transfer, which says more than libcurl's own result.
    var failure: HTTPTransportError?
    var parser = ResponseHeadParser()
    var hasHead = false
    /// Bytes of the body that were read from ``PreparedRequest/Body/bytes(_:)``.
    var sentBytes = 0
    var isReceivePaused = false
    var isSendPaused = false
    /// How often libcurl has begun to send the request.
    private var attempts = 0
    private var hasPulledBody = false

    /// Something came in since the reader was told.
    private var hasNews = false
    private var receivedBytes = 0
    private var contentLength: Int?
    private var discardDeadline: ContinuousClock.Instant?
    private var lastUploadCount: curl_off_t = 0

    /// Where libcurl writes what went wrong, in words.
    private let errorText: UnsafeMutablePointer<CChar>
    var lists: [CurlStringList] = []

    /// The most bytes that are received for nobody, to save a connection, and the longest time.
    private static let discardLimit = 64 << 10
    private static let discardTime: Duration = .milliseconds(500)

    init(_ request: PreparedRequest, _ exchange: HTTPExchange) throws(HTTPTransportError) {
        guard let easy = unsafe curl_easy_init() else {
            throw HTTPTransportError(
                .connectFailed,
                "\(request.description) cannot be requested: libcurl has not enough memory.",
                isProvablyUnapplied: true
            )
        }
        unsafe self.easy = easy
        self.request = request
        self.exchange = exchange
        deadlines = TransferDeadlines(request.deadlines, now: .now)
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe try setOptions(errorText: errorText)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe errorText.deallocate()
    }

    /// The exchange that `easy` works for.
    static func id(of easy: UnsafeMutableRawPointer?) -> UInt64? {
        var context: UnsafeMutablePointer<CChar>?
        guard let easy = unsafe easy, unsafe ccurl_getinfo_string(easy, CURLINFO_PRIVATE, &context) == CURLE_OK,
            let context = unsafe context
        else { return nil }
        return unsafe Unmanaged<CurlEasyTransfer>.fromOpaque(context).takeUnretainedValue().exchange.id
    }

    // MARK: Called by the loop

    func resumeReceiving() {
        isReceivePaused = false
        resume()
    }

    func resumeSending() {
        isSendPaused = false
        resume()
    }

    private func resume() {
        deadlines.paused(isReceivePaused || isSendPaused, now: .now)
        var paused: Int32 = 0
        if isReceivePaused { paused |= CURLPAUSE_RECV }
        if isSendPaused { paused |= CURLPAUSE_SEND }
        // May call back at once, with bytes that libcurl kept.
        unsafe curl_easy_pause(easy, paused)
    }

    /// Lets the rest of the response come in for nobody, if it is known to be short.
    ///
    /// - Returns: Whether it is; otherwise the transfer has to be removed.
    func discardRest() -> Bool {
        guard let contentLength, contentLength - receivedBytes <= Self.discardLimit, !deadlines.isSending else {
            return false
        }
        discardDeadline = .now.advanced(by: Self.discardTime)
        if isReceivePaused { resumeReceiving() }
        return true
    }

    func flush() {
        guard hasNews else { return }
        hasNews = false
        exchange.flush()
    }

    enum DeadlineCheck {
        case never
        case wait(Duration)
        /// To be removed; the error is for the reader, if there still is one.
        case overdue(HTTPTransportError?)
    }

    func checkDeadlines(now: ContinuousClock.Instant) -> DeadlineCheck {
        if let discardDeadline {
            return discardDeadline > now ? .wait(now.duration(to: discardDeadline)) : .overdue(nil)
        }
        var sampleWait: Duration?
        if deadlines.isSending {
            // The read callback is ahead of the wire by a buffer; what really went out only libcurl knows.
            var sent: curl_off_t = 0
            unsafe ccurl_getinfo_offset(easy, CURLINFO_SIZE_UPLOAD_T, &sent)
            if sent != lastUploadCount {
                lastUploadCount = sent
                deadlines.moved(now: now)
            }
            sampleWait = request.deadlines.stall.map { $0 / 4 }
        }
        guard let next = deadlines.next else { return .never }
        if next.at <= now { return .overdue(overdueError(next.kind)) }
        let wait = now.duration(to: next.at)
        return .wait(sampleWait.map { min(wait, $0) } ?? wait)
    }

    /// What the end of the transfer means for the exchange.
    func outcome(of result: CURLcode) -> Result<Void, any Error> {
        if result == CURLE_OK, failure == nil {
            if hasHead { return .success(()) }
            return .failure(transportError(CURLE_GOT_NOTHING, detail: "the head of the answer broke off"))
        }
        if let failure { return .failure(failure) }
        let words = unsafe String(cString: errorText)
        // libcurl keeps the first words; these are about an address that it could not note down any more.
        let isUseless = words.isEmpty || words.hasPrefix("getpeername()")
        return .failure(transportError(result, detail: isUseless ? Self.name(of: result) : words))
    }

    private static func name(of result: CURLcode) -> String {
        unsafe curl_easy_strerror(result).map { unsafe String(cString: $0) } ?? "error \(result.rawValue)"
    }
}

extension CurlEasyTransfer {
    // MARK: Called by the callbacks

    /// Whether the request may go out on a connection, the first time or, after a reused one was dead, again.
    func beginAttempt() -> Bool {
        attempts += 1
        guard attempts == 1 || canReplay else {
            failure = HTTPTransportError(
                .connectionLost,
                "The connection was lost before \(request.description) was answered. "
                    + "Whether the request took effect is unknown; look before it is repeated."
            )
            return false
        }
        let now = ContinuousClock.now
        deadlines.connected(now: now)
        if case .none = request.body { deadlines.requestSent(now: now) }
        return true
    }

    /// Goes back in the body, for another attempt.
    func rewind(to offset: Int) -> Bool {
        guard canReplay, offset >= 0 else { return false }
        sentBytes = offset
        return true
    }

    private var canReplay: Bool { request.isIdempotent && !hasPulledBody }

    func send(into buffer: UnsafeMutableRawBufferPointer) -> HTTPExchange.Provision {
        switch request.body {
        case .none: return .end
        case .bytes(let bytes):
            let count = min(buffer.count, bytes.count - sentBytes)
            unsafe bytes.withUnsafeBytes { source in
                unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[sentBytes..<sentBytes + count]))
            }
            didSend(count, of: bytes.count)
            return count == 0 ? .end : .bytes(count)
        case .stream(let length):
            hasPulledBody = true
            let room = min(buffer.count, length.map { $0 - sentBytes } ?? .max)
            let provision = unsafe exchange.provide(UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
            switch provision {
            case .bytes(let count): didSend(count, of: length)
            case .end:
                guard length.map({ $0 == sentBytes }) ?? true else {
                    failure = bodyTooShort(of: length ?? 0)
                    return .aborted
                }
                deadlines.requestSent(now: .now)
            case .pause:
                isSendPaused = true
                deadlines.paused(true, now: .now)
            case .aborted: break
            }
            return provision
        }
    }

    private func didSend(_ count: Int, of length: Int?) {
        sentBytes += count
        let now = ContinuousClock.now
        deadlines.moved(now: now)
        if sentBytes == length { deadlines.requestSent(now: now) }
    }

    func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        let now = ContinuousClock.now
        deadlines.moved(now: now)
        do throws(ResponseHeadParser.Failure) {
            guard let head = unsafe try parser.consume(line) else { return true }
            hasHead = true
            contentLength = request.bodyLength(under: head)
            deadlines.headReceived(now: now)
            exchange.receive(head)
            return true
        } catch {
            failure = headError(error)
            return false
        }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> HTTPExchange.Reception {
        let now = ContinuousClock.now
        switch unsafe exchange.receive(bytes) {
        case .taken:
            receivedBytes += bytes.count
            deadlines.moved(now: now)
            hasNews = true
            return .taken
        case .pause:
            isReceivePaused = true
            deadlines.paused(true, now: now)
            return .pause
        case .refused:
            return .refused
        }
    }
}
