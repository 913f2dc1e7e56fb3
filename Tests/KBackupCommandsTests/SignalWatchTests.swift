import Glibc
import Testing

@testable import KBackupCommands

/// Signals are the process's: these tests use two that nothing else here does, one test after the other.
@Suite("Signals", .serialized)
struct SignalWatchTests {
    @Test("A signal that the process was started to ignore stays ignored")
    func inheritedIgnore() async {
        _ = signal(SIGUSR2, SIG_IGN)
        await withWatch { watch, first in
            #expect(watch.signals == [SIGUSR1])
            // Were it watched, the other one would be the second signal, which ends the process.
            kill(getpid(), SIGUSR2)
            kill(getpid(), SIGUSR1)
            for await _ in first { break }
        }
    }

    @Test("A signal that the process was not started to ignore ends the work as the others do")
    func defaultAction() async {
        _ = signal(SIGUSR2, SIG_DFL)
        await withWatch { watch, first in
            #expect(watch.signals == [SIGUSR1, SIGUSR2])
            kill(getpid(), SIGUSR2)
            for await _ in first { break }
        }
    }

    private func withWatch(_ body: (SignalWatch, AsyncStream<Void>) async -> Void) async {
        let (first, continuation) = AsyncStream<Void>.makeStream()
        let watch = SignalWatch([SIGUSR1], unlessIgnored: [SIGUSR2]) { continuation.yield() }
        await body(watch, first)
        watch.end()
    }
}
