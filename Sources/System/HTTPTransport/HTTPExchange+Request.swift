import Synchronization

extension HTTPExchange {
    // MARK: On the event loop

    /// What there is to send.
    enum Provision {
        case bytes(Int)
        /// Nothing yet: the event loop is told when there is.
        case pause
        case end
        case aborted
    }

    /// Copies the next bytes of the streamed body to `buffer`; the first call starts the pulling.
    func provide(_ buffer: UnsafeMutableRawBufferPointer) -> Provision {
        let (provision, puller) = state.withLock { state in
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
    func pump(_ next: @Sendable () async throws -> [UInt8]?, length: Int?) async {
        var pulled = 0
        do {
            while await waitForDemand() {
                guard let chunk = try await next() else {
                    if endOutgoing() { loop.submit(.resumeSending(id)) }
                    return
                }
                pulled += chunk.count
                if let length, pulled > length {
                    return fail("it is longer than the \(length) bytes that were announced", cause: nil)
                }
                if !chunk.isEmpty, enqueue(chunk) { loop.submit(.resumeSending(id)) }
            }
        } catch {
            fail("\(error)", cause: error)
        }
    }

    private func fail(_ why: String, cause: (any Error)?) {
        finish(
            .failure(
                HTTPTransportError(
                    .requestBodyFailed,
                    "The body of \(description) could not be provided: \(why)",
                    cause: cause
                )
            )
        )
        loop.submit(.remove(id))
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
            state.outgoingBytes += chunk.count
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
    fileprivate var wantsOutgoing: Bool { isPulling && !hasOutgoingEnded && outgoingBytes < HTTPExchange.lowWaterMark }

    fileprivate mutating func takeSendPause() -> Bool {
        defer { isSendPaused = false }
        return isSendPaused
    }

    fileprivate mutating func provide(_ buffer: UnsafeMutableRawBufferPointer) -> HTTPExchange.Provision {
        if case .failure = end { return .aborted }
        var written = 0
        while written < buffer.count, let chunk = outgoing.first {
            let count = min(buffer.count - written, chunk.count - outgoingOffset)
            unsafe chunk.withUnsafeBytes { source in
                let part = unsafe UnsafeRawBufferPointer(rebasing: source[outgoingOffset..<outgoingOffset + count])
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[written...]).copyMemory(from: part)
            }
            written += count
            outgoingOffset += count
            if outgoingOffset == chunk.count {
                outgoing.removeFirst()
                outgoingOffset = 0
            }
        }
        if written > 0 {
            outgoingBytes -= written
            return .bytes(written)
        }
        if hasOutgoingEnded { return .end }
        isSendPaused = true
        return .pause
    }
}
