import Dispatch
import Glibc
import Operations
import Synchronization

/// Turns signals that ask the process to end into a cancellation: the first ends the work cleanly, the second at once.
struct SignalWatch {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

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

    init(onFirst: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "kbackup.signals")
        let counter = Counter()
        sources = Self.signals.map { number in
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

    /// Stops watching.
    ///
    /// Signals are ignored from now on: the process ends anyway.
    func end() {
        for source in sources { source.cancel() }
    }
}
