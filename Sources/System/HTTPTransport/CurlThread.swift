import Glibc

/// A thread of its own for libcurl: its poll blocks, which the threads of Swift's concurrency must not.
enum CurlThread {
    private final class Job {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread, with all signals blocked.
    ///
    /// Signals belong to the main thread. And SIGPIPE, which OpenSSL raises when it writes to a connection that the
    /// server has closed, must not end the process: blocked, the write says so instead.
    ///
    /// - Returns: Whether the thread could be started.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        var all = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_BLOCK, &all, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        let job = unsafe Unmanaged.passRetained(Job(body))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            job.toOpaque()
        )
        guard status == 0 else {
            unsafe job.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
