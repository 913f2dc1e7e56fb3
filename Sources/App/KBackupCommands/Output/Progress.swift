import Operations
import Synchronization

/// A line on the terminal that says how far an operation is.
enum Progress {
    /// How often the line is drawn.
    private static let interval = Duration.milliseconds(200)

    /// What was reported last.
    private final class Latest: Sendable {
        private let value = Mutex<OperationProgress?>(nil)

        var current: OperationProgress? { value.withLock { $0 } }

        func set(_ progress: OperationProgress) { value.withLock { $0 = progress } }
    }

    /// Runs `body` and shows what it reports: on a terminal, when people read the result.
    static func shown<Result: Sendable>(
        in session: Session,
        _ body: (@escaping @Sendable (OperationProgress) -> Void) async throws -> Result
    ) async throws -> Result {
        guard session.context.showsProgress, !session.isQuiet, session.format == .table else {
            return try await body { _ in }
        }
        let latest = Latest()
        let messages = session.context.messages
        defer { messages.clearProgress() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await draw(latest, on: messages) }
            defer { group.cancelAll() }
            return try await body(latest.set)
        }
    }

    /// Draws until it is cancelled.
    @concurrent
    private static func draw(_ latest: Latest, on messages: MessageWriter) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            try await Task.sleep(for: interval)
            guard let progress = latest.current else { continue }
            let seconds = Int(start.duration(to: clock.now).components.seconds)
            messages.progress("\(text(progress)), \(Text.duration(seconds: seconds))")
        }
    }

    static func text(_ progress: OperationProgress) -> String {
        switch progress {
        case .backup(let objects, let listsDone, let lists, let databaseBytes, let storedBytes):
            var parts: [String] = []
            if lists > 0 {
                parts += ["\(Text.count(objects, "object"))", "\(listsDone) of \(Text.count(lists, "list"))"]
            }
            if databaseBytes > 0 { parts.append("\(Text.bytes(databaseBytes)) of etcd") }
            parts.append("\(Text.bytes(storedBytes)) stored")
            return parts.joined(separator: ", ")
        case .restore(let done, let total, let resource):
            guard let resource else { return "Planning the restore" }
            return "\(Text.number(done)) of \(Text.count(total, "object")), at \(resource)"
        case .copy(let done, let total, let storedBytes):
            return "\(Text.number(done)) of \(Text.count(total, "backup")), \(Text.bytes(storedBytes)) stored"
        case .files(let files, let bytes):
            return "\(Text.count(files, "file")), \(Text.bytes(bytes))"
        case .file(let bytes, let total):
            return "\(Text.bytes(bytes)) of \(Text.bytes(total))"
        }
    }
}
