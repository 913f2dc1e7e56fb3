import Synchronization

/// The meeting point of one transfer: on one side the event loop with libcurl's callbacks, on the other the task that
/// sends the request and reads the response.
///
/// Neither side waits for the other inside the lock. Every continuation that is stored is resumed exactly once: by what
/// it waits for, or by the end of the exchange.
final class HTTPExchange: Sendable {
    /// Once so many bytes wait for their reader, the transfer pauses.
    static let highWaterMark = 512 << 10
    /// Once no more than this waits, it goes on.
    static let lowWaterMark = 256 << 10
    /// Received bytes are gathered in chunks of this size, as far as they are there at once.
    static let chunkCapacity = 64 << 10

    struct State {
        // Response.
        var head: ResponseHead?
        var headWaiter: CheckedContinuation<ResponseHead, any Error>?
        /// Received and not yet read; the ones before `firstChunk` are read already.
        var chunks: [[UInt8]] = []
        var firstChunk = 0
        var bufferedBytes = 0
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var isReceivePaused = false
        /// How the exchange ended: the response is complete, or why it never will be.
        var end: Result<Void, any Error>?
        /// The reader is gone; what still comes in is dropped.
        var isReleased = false

        // Request.
        var outgoing: [[UInt8]] = []
        var outgoingOffset = 0
        var outgoingBytes = 0
        var hasOutgoingEnded = false
        var isSendPaused = false
        var isPulling = false
        var puller: CheckedContinuation<Bool, Never>?
    }

    /// Identifies the exchange to the event loop.
    let id: UInt64
    /// Method and URL without query, for messages.
    let description: String
    let loop: CurlEventLoop
    let state = Mutex(State())

    init(id: UInt64, description: String, loop: CurlEventLoop) {
        self.id = id
        self.description = description
        self.loop = loop
    }

    // MARK: The ends

    /// Ends the exchange, once: wakes everybody who waits for something that will not come.
    ///
    /// What was received before stays readable; a failure is told after it.
    func finish(_ result: Result<Void, any Error>) {
        wake(state.withLock { state in state.finish(result) })
    }

    /// Ends the exchange at once, because nobody wants its result any more.
    func cancel() {
        let waiters = state.withLock { state in
            if !state.isReleased {
                state.end = .failure(CancellationError())
                state.dropBuffer()
            }
            return state.takeWaiters()
        }
        wake(waiters)
        loop.submit(.remove(id))
    }

    /// Abandons the transfer unless it is complete, or as good as: the reader has returned.
    func release() {
        let isComplete = state.withLock { state in
            state.isReleased = true
            state.dropBuffer()
            return state.end != nil
        }
        loop.submit(isComplete ? .remove(id) : .abandon(id))
    }

    /// Waits for the head of the response.
    func head() async throws -> ResponseHead {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<ResponseHead, any Error>? = state.withLock { state in
                if let head = state.head { return .success(head) }
                if case .failure(let error) = state.end { return .failure(error) }
                state.headWaiter = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    func wake(_ waiters: Waiters) {
        waiters.head?.continuation.resume(with: waiters.head?.result ?? .failure(CancellationError()))
        waiters.reader?.continuation.resume(with: waiters.reader?.result ?? .failure(CancellationError()))
        waiters.puller?.resume(returning: false)
    }

    /// Continuations that were taken out of the state, to be resumed outside of its lock.
    struct Waiters {
        var head: (continuation: CheckedContinuation<ResponseHead, any Error>, result: Result<ResponseHead, any Error>)?
        var reader: (continuation: CheckedContinuation<[UInt8]?, any Error>, result: Result<[UInt8]?, any Error>)?
        var puller: CheckedContinuation<Bool, Never>?
    }
}

extension HTTPExchange.State {
    mutating func finish(_ result: Result<Void, any Error>) -> HTTPExchange.Waiters {
        guard end == nil else { return HTTPExchange.Waiters() }
        end = result
        return takeWaiters()
    }

    /// Takes everybody who waits, with the answer that the end has for them.
    mutating func takeWaiters() -> HTTPExchange.Waiters {
        var waiters = HTTPExchange.Waiters()
        if let headWaiter {
            if let head {
                waiters.head = (headWaiter, .success(head))
            } else if case .failure(let error) = end {
                waiters.head = (headWaiter, .failure(error))
            }
        }
        if waiters.head != nil { headWaiter = nil }
        if let reader, let answer = takeChunkOrEnd() {
            waiters.reader = (reader, answer)
            self.reader = nil
        }
        if end != nil {
            waiters.puller = puller
            puller = nil
        }
        return waiters
    }

    /// The next thing to read: a chunk, the end (`nil` inside), or nothing yet (`nil` outside).
    mutating func takeChunkOrEnd() -> Result<[UInt8]?, any Error>? {
        if let chunk = takeChunk() { return .success(chunk) }
        return end?.map { nil }
    }

    private mutating func takeChunk() -> [UInt8]? {
        guard firstChunk < chunks.count else { return nil }
        var chunk: [UInt8] = []
        swap(&chunk, &chunks[firstChunk])
        firstChunk += 1
        if firstChunk == chunks.count {
            chunks.removeAll(keepingCapacity: true)
            firstChunk = 0
        }
        bufferedBytes -= chunk.count
        return chunk
    }

    mutating func dropBuffer() {
        chunks = []
        firstChunk = 0
        bufferedBytes = 0
        outgoing = []
        outgoingOffset = 0
        outgoingBytes = 0
    }
}
