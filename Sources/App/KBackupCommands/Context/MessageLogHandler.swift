import Logging

/// Writes log messages as lines on standard error: `level label: message key=value`.
struct MessageLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let label: String
    let messages: MessageWriter

    init(label: String, level: Logger.Level, messages: MessageWriter) {
        self.label = label
        logLevel = level
        self.messages = messages
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let text = facts.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        messages.line("\(event.level) \(label): \(event.message)\(text)")
    }
}
