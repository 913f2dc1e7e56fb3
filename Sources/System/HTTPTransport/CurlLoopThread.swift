import CCurl
import Glibc

/// What the event-loop thread does: takes commands, lets libcurl work, tells readers, watches deadlines.
@safe final class CurlLoopThread {
    private let loop: CurlEventLoop
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UInt64: CurlEasyTransfer] = [:]

    /// Connections that are kept for later requests; the one that was idle longest goes first.
    private static let idleConnections = 256
    /// With nothing to wait for, the thread looks around so often (libcurl closes idle connections then).
    private static let idleWait: Duration = .seconds(60)

    init?(_ loop: CurlEventLoop) {
        guard let multi = unsafe loop.multi else { return nil }
        self.loop = loop
        unsafe self.multi = multi
        unsafe ccurl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, Self.idleConnections)
    }

    /// Runs until the process ends.
    func run() {
        while let commands = loop.takeCommands() {
            for command in commands { perform(command) }
            let roundStart = ContinuousClock.now
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            finishCompleted()
            let wait = serve(roundStart: roundStart)
            unsafe curl_multi_poll(multi, nil, 0, Self.milliseconds(wait), nil)
        }
        // The end of a thread has handlers of its own, which must not run beside those of the process's exit.
        while true { pause() }
    }

    private func perform(_ command: CurlEventLoop.Command) {
        switch command {
        case .start(let request, let exchange): start(request, exchange)
        case .resumeReceiving(let id): transfers[id]?.resumeReceiving()
        case .resumeSending(let id): transfers[id]?.resumeSending()
        case .remove(let id): remove(id)
        case .abandon(let id): if transfers[id]?.discardRest() == false { remove(id) }
        }
    }

    private func start(_ request: PreparedRequest, _ exchange: HTTPExchange) {
        do {
            let transfer = try CurlEasyTransfer(request, exchange)
            guard unsafe curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
                throw HTTPTransportError(
                    .connectFailed,
                    "\(exchange.description) cannot be requested: libcurl has not enough memory.",
                    isProvablyUnapplied: true
                )
            }
            transfers[exchange.id] = transfer
        } catch {
            exchange.finish(.failure(error))
        }
    }

    private func remove(_ id: UInt64) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        // libcurl closes the connection of a transfer that is not complete.
        unsafe curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Ends the exchanges whose transfers libcurl has finished.
    private func finishCompleted() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let result = unsafe ccurl_message_result(message)
            guard let id = unsafe CurlEasyTransfer.id(of: message.pointee.easy_handle),
                let transfer = transfers[id]
            else { continue }
            let outcome = transfer.outcome(of: result)
            remove(id)
            transfer.exchange.finish(outcome)
        }
    }

    /// Tells readers what came in, and ends what is overdue.
    ///
    /// - Parameter roundStart: When libcurl began to look at the connections. A deadline is missed only if it had
    ///   passed by then: the time that a round takes is ours, and not the server's.
    /// - Returns: How long nothing needs to be looked at.
    private func serve(roundStart: ContinuousClock.Instant) -> Duration {
        var wait = Self.idleWait
        var overdue: [(UInt64, HTTPTransportError?)] = []
        for (id, transfer) in transfers {
            transfer.flush()
            switch transfer.checkDeadlines(now: roundStart) {
            case .wait(let rest): wait = min(wait, rest)
            case .never: break
            case .overdue(let error): overdue.append((id, error))
            }
        }
        for (id, error) in overdue {
            let exchange = transfers[id]?.exchange
            remove(id)
            if let error { exchange?.finish(.failure(error)) }
        }
        return wait - roundStart.duration(to: .now)
    }

    private static func milliseconds(_ wait: Duration) -> Int32 {
        let (seconds, attoseconds) = wait.components
        // Rounded up, so that a deadline is not looked at a moment too early, over and over.
        return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }
}
