import Synchronization

extension HTTPExchange {
    // MARK: On the event loop

    /// What becomes of received bytes.
    enum Reception {
        case taken
        /// There are enough for now: they have to be offered again when the reader has caught up.
        case pause
        /// Nobody wants them any more.
        case refused
    }

    /// Takes the response's head.
    func receive(_ head: ResponseHead) {
        wake(
            state.withLock { state in
                state.head = head
                return state.takeWaiters()
            }
        )
    }

    /// Takes bytes of the body; the reader is told by ``flush()``, so that it gets larger pieces.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Reception {
        state.withLock { state in
            if state.isReleased { return .taken }
            guard state.end == nil else { return .refused }
            guard state.bufferedBytes < Self.highWaterMark else {
                state.isReceivePaused = true
                return .pause
            }
            unsafe state.append(bytes)
            return .taken
        }
    }

    /// Wakes the reader if there is something for it.
    func flush() {
        wake(state.withLock { $0.takeWaiters() })
    }

    // MARK: In the reading task

    /// The next bytes of the body, `nil` at its end.
    func nextChunk() async throws -> [UInt8]? {
        try Task.checkCancellation()
        let (answer, resumes) = state.withLock { $0.read() }
        if resumes { loop.submit(.resumeReceiving(id)) }
        if let answer { return try answer.get() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (answer, resumes) = state.withLock { state in
                    let (answer, resumes) = state.read()
                    if answer == nil {
                        precondition(state.reader == nil, "the body of a response has one reader at a time")
                        state.reader = continuation
                    }
                    return (answer, resumes)
                }
                if resumes { loop.submit(.resumeReceiving(id)) }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            cancel()
        }
    }
}

extension HTTPExchange.State {
    fileprivate mutating func append(_ bytes: UnsafeRawBufferPointer) {
        bufferedBytes += bytes.count
        var offset = 0
        while offset < bytes.count {
            let room = chunks.last.map { HTTPExchange.chunkCapacity - $0.count } ?? 0
            if room > 0 {
                let end = min(offset + room, bytes.count)
                let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset..<end])
                unsafe chunks[chunks.count - 1].append(contentsOf: part)
                offset = end
            } else {
                var chunk: [UInt8] = []
                let expected = head?.contentLength ?? HTTPExchange.chunkCapacity
                chunk.reserveCapacity(min(HTTPExchange.chunkCapacity, max(expected, bytes.count - offset)))
                chunks.append(chunk)
            }
        }
    }

    fileprivate mutating func read() -> (Result<[UInt8]?, any Error>?, resumes: Bool) {
        if isReleased, end == nil { return (.failure(CancellationError()), false) }
        let answer = takeChunkOrEnd()
        return (answer, shouldResume())
    }

    fileprivate mutating func shouldResume() -> Bool {
        guard isReceivePaused, bufferedBytes <= HTTPExchange.lowWaterMark, end == nil else { return false }
        isReceivePaused = false
        return true
    }
}
