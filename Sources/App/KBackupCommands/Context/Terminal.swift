import Dispatch
import Glibc
import Operations
import Synchronization

/// Questions at the terminal: asked on standard error, answered on standard input.
enum Terminal {
    /// The settings to go back to, while what is typed is not shown.
    private static let saved = Mutex<termios?>(nil)

    /// Asks and reads a line, without its end.
    ///
    /// - Throws: ``OperationError`` when the input ends, `CancellationError`.
    static func ask(_ question: String, echoes: Bool) async throws -> String {
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Reading blocks: not on a thread of the concurrency pool.
                DispatchQueue.global().async {
                    continuation.resume(with: Result { try read(question, echoes: echoes, isCancelled: isCancelled) })
                }
            }
        } onCancel: {
            isCancelled.set()
        }
    }

    /// Shows again what is typed.
    ///
    /// Harmless when it is shown anyway.
    static func restore() {
        saved.withLock { settings in
            guard var current = settings else { return }
            unsafe _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &current)
            settings = nil
        }
    }

    private static func read(_ question: String, echoes: Bool, isCancelled: Flag) throws -> String {
        // Hidden first: what is typed as soon as the question shows must count, and must not show.
        if !echoes { hide() }
        try? StandardStream.error.write(question)
        defer {
            restore()
            if !echoes { try? StandardStream.error.write("\n") }
        }
        var line: [UInt8] = []
        while true {
            if isCancelled.isSet { throw CancellationError() }
            var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, 100) > 0 else { continue }
            var byte: UInt8 = 0
            let count = unsafe Glibc.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else {
                if line.isEmpty { throw OperationError(.failed, "The input ended before there was an answer.") }
                break
            }
            if byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    private static func hide() {
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
        saved.withLock { $0 = settings }
        settings.c_lflag &= ~tcflag_t(ECHO)
        unsafe _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)

        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }
}
