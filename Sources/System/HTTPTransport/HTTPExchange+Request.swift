extension HTTPExchange {
    /// Chunks of the request's body are pulled ahead of the connection as long as no more than this many wait.
    private static let chunksAhead = 2

    // MARK: On the event loop

    /// What there is to send.
    enum Provision {
        case bytes(Int)
        /// Nothing yet: the event loop is told when there is.
        case pause
        case end
        case aborted
    }

    /// Copies the next bytes of the streamed body to `buffer`. The first call starts the pulling.
    func provide(_ buffer: UnsafeMutableRawBufferPointer) -> Provision {
        let (provision, puller) = unsafe state.withLock { state in
            let provision = unsafe state.provide(buffer)
            state.isPulling = true
            guard state.wantsOutgoing else { return (provision, nil as CheckedContinuation<Bool, Never>?) }
            let puller = state.puller
            state.puller = nil
            return (provision, puller)
        }
        puller?.resume(returning: true)
        return provision
    }

    // MARK: In the task that pulls the body

    /// Pulls the body's chunks from `next` as the connection takes them, until the end or the exchange's.
    func pump(_ next: @Sendable () async throws -> [UInt8]?) async {
        do {
            while await waitForDemand() {
                guard let chunk = try await next() else { break }
                if !chunk.isEmpty, enqueue(chunk) { loop.submit(.resumeSending(id)) }
            }
            if endOutgoing() { loop.submit(.resumeSending(id)) }
        } catch {
            finish(
                .failure(
                    HTTPTransportError(
                        .requestBodyFailed,
                        "The body of \(description) could not be provided: \(error)",
                        cause: error
                    )
                )
            )
            loop.submit(.remove(id))
        }
    }

    /// Waits until the connection can take more; false when it never will.
    private func waitForDemand() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.end != nil || state.isReleased || Task.isCancelled { return false }
                    if state.wantsOutgoing { return true }
                    state.puller = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let puller = state.withLock { state in
                let puller = state.puller
                state.puller = nil
                return puller
            }
            puller?.resume(returning: false)
        }
    }

    private func enqueue(_ chunk: [UInt8]) -> Bool {
        state.withLock { state in
            state.outgoing.append(chunk)
            return state.takeSendPause()
        }
    }

    private func endOutgoing() -> Bool {
        state.withLock { state in
            state.hasOutgoingEnded = true
            return state.takeSendPause()
        }
    }
}

extension HTTPExchange.State {
    fileprivate var wantsOutgoing: Bool { isPulling && !hasOutgoingEnded && outgoing.count < 2 }

    fileprivate mutating func takeSendPause() -> Bool {
        defer { isSendPaused = false }
        return isSendPaused
    }

    fileprivate mutating func provide(_ buffer: UnsafeMutableRawBufferPointer) -> HTTPExchange.Provision {
        if case .failure = end { return .aborted }
        guard let chunk = outgoing.first else {
            if hasOutgoingEnded { return .end }
            isSendPaused = true
            return .pause
        }
        let count = unsafe min(buffer.count, chunk.count - outgoingOffset)
        unsafe chunk.withUnsafeBytes { source in
            let part = unsafe UnsafeRawBufferPointer(rebasing: source[outgoingOffset..<outgoingOffset + count])
            unsafe buffer.copyMemory(from: part)
        }
        outgoingOffset += count
        if outgoingOffset == chunk.count {
            outgoing.removeFirst()
            outgoingOffset = 0
        }
        return .bytes(count)
    }
}
