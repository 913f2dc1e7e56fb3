import Dispatch
import Glibc
import Operations
import Synchronization

/// Turns signals that ask the process to end into a cancellation: the first ends the work cleanly, the second at once.
struct SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// Counts signals.
    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    /// Watches SIGINT, SIGTERM, and SIGHUP unless the process was started to ignore it, as `nohup` starts it.
    ///
    /// - Parameter onFirst: Called at the first of any of them.
    init(onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "kbackup.signals")
        let counter = Counter()
        let signals = Self.isIgnored(SIGHUP) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]
        sources = signals.map { number in
            // The default action would end the process before the source hears of the signal.
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if counter.next() == 1 { return onFirst() }
                Terminal.restore()
                _exit(ExitStatus.interrupted.rawValue)
            }
            source.resume()
            return source
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        let handler = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        let ignore = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
        return handler == ignore
    }

    /// Stops watching.
    ///
    /// Signals are ignored from now on: the process ends anyway.
    func end() {
        for source in sources { source.cancel() }
    }
}
