import CCurl
import Glibc
import Synchronization

/// The thread that runs all transfers of the process, seen from the outside.
///
/// libcurl's handles are touched by that thread only. Everybody else leaves a command in a queue and wakes it.
@safe final class CurlEventLoop: Sendable {
    enum Command: Sendable {
        case start(PreparedRequest, HTTPExchange)
        /// The reader has caught up: receive again.
        case resumeReceiving(UInt64)
        /// There is more of the body to send, or its end.
        case resumeSending(UInt64)
        /// Close the transfer, whatever its state.
        case remove(UInt64)
        /// Nobody reads the response any more: close the transfer, or see a short rest through so that its connection
        /// can be used again.
        case abandon(UInt64)
    }

    private struct State {
        var commands: [Command] = []
        var lastID: UInt64 = 0
        var hasThread = false
        var isStopping = false
        var hasStopped = false
    }

    static let shared = CurlEventLoop()

    private let state = Mutex(State())
    /// The multi handle, if libcurl could make one.
    ///
    /// Other threads may only call `curl_multi_wakeup` on it, which libcurl documents as safe; it lives as long as the
    /// process.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer?

    private init() {
        // Once per process, before any other call; the initialiser of a static constant runs once.
        let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
        unsafe multi = isInitialised ? curl_multi_init() : nil
    }

    func makeExchange(for request: PreparedRequest) -> HTTPExchange {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return HTTPExchange(id: id, description: request.description, loop: self)
    }

    /// Has `request` sent, by the thread, which is started with the first one.
    func start(_ request: PreparedRequest, _ exchange: HTTPExchange) throws(HTTPTransportError) {
        let startsThread = state.withLock { state in
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if startsThread {
            guard unsafe multi != nil, CurlThread.start({ CurlLoopThread(self)?.run() }) else {
                state.withLock { $0.hasThread = false }
                throw HTTPTransportError(
                    .connectFailed,
                    "\(exchange.description) cannot be requested: libcurl or its thread could not be started. "
                        + "Check the limits on memory and on the number of threads.",
                    isProvablyUnapplied: true
                )
            }
            // Handlers run in the reverse order of their registration: this one before OpenSSL's, which frees what a
            // thread that is still closing connections would use.
            atexit { CurlEventLoop.shared.stop() }
        }
        submit(.start(request, exchange))
    }

    func submit(_ command: Command) {
        let isFirst = state.withLock { state in
            state.commands.append(command)
            return state.commands.count == 1
        }
        // With a command in the queue already, the thread has been woken and has not looked yet.
        if isFirst, let multi = unsafe multi { unsafe curl_multi_wakeup(multi) }
    }

    /// Takes the commands that wait, in their order; `nil` when the process ends.
    func takeCommands() -> [Command]? {
        state.withLock { state in
            guard !state.isStopping else {
                state.hasStopped = true
                return nil
            }
            var commands: [Command] = []
            swap(&commands, &state.commands)
            return commands
        }
    }

    /// Makes the thread stand still, because the process exits.
    private func stop() {
        state.withLock { $0.isStopping = true }
        if let multi = unsafe multi { unsafe curl_multi_wakeup(multi) }
        // It is done with its round in microseconds; an exit does not wait longer than a second for it.
        for _ in 0..<1000 where !state.withLock({ $0.hasStopped }) { usleep(1000) }
    }
}
