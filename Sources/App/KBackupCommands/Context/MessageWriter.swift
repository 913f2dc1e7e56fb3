import Synchronization

/// Lines for people on standard error, and below them the one line of progress, which is redrawn in place.
///
/// What cannot be written there is lost: there is nowhere to complain.
package final class MessageWriter: Sendable {
    private let sink: any TextSink
    /// Whether a line of progress is on the screen.
    private let showsProgress = Mutex(false)

    package init(_ sink: any TextSink) { self.sink = sink }

    /// Writes a line, above the progress.
    package func line(_ text: String) {
        showsProgress.withLock { shows in
            try? sink.write((shows ? Self.clear : "") + text + "\n")
            shows = false
        }
    }

    /// Replaces the line of progress.
    func progress(_ text: String) {
        showsProgress.withLock { shows in
            try? sink.write(Self.clear + text)
            shows = true
        }
    }

    func clearProgress() {
        showsProgress.withLock { shows in
            if shows { try? sink.write(Self.clear) }
            shows = false
        }
    }

    /// To the first column, and erase to the end of the line.
    private static let clear = "\r\u{1B}[K"
}
