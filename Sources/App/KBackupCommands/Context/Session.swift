import Logging
import Operations

/// What a command works with once its options are known.
struct Session: Sendable {
    let context: CommandContext
    let settings: Settings
    let format: OutputFormat
    let isQuiet: Bool

    /// Notes for people go to standard error, results to standard output: a program that reads one never sees the other.
    init(_ context: CommandContext, _ command: some SessionCommand) throws {
        self.context = context
        isQuiet = command.global.quiet
        var flags = command.flags
        flags[.logLevel] = command.global.logLevel.map { [$0.rawValue] }
        settings = try Self.settings(
            in: context,
            flags: flags,
            flagNames: command.flagNames,
            configurationFile: command.global.config,
            mustExist: !command.mayMakeConfiguration,
            isQuiet: isQuiet
        )
        format = settings.outputFormat.flatMap(OutputFormat.init(rawValue:)) ?? .table
    }

    /// Reads the settings that count in a process.
    static func settings(
        in context: CommandContext,
        flags: [Setting: [String]],
        flagNames: [Setting: String] = [:],
        configurationFile: String?,
        mustExist: Bool = true,
        isQuiet: Bool = false
    ) throws -> Settings {
        let messages = context.messages
        let told = ToldNotices()
        func operationContext(_ level: Logger.Level) -> OperationContext {
            OperationContext(
                environment: context.environment,
                folders: UserFolders(environment: context.environment, accountHome: context.accountHome),
                workingFolder: context.workingFolder,
                now: context.now,
                logger: Logger(label: "kbackup") {
                    MessageLogHandler(label: $0, level: level, messages: messages)
                },
                notify: { notice in
                    guard told.isNews(notice) else { return }
                    switch notice {
                    case .warning(let text): messages.line("kbackup: warning: \(text)")
                    case .information(let text): if !isQuiet { messages.line("kbackup: \(text)") }
                    }
                },
                askPassphrase: context.askSecret
            )
        }
        func settings(_ level: Logger.Level) throws -> Settings {
            try Settings(
                context: operationContext(level),
                flags: flags,
                flagNames: flagNames,
                configurationFile: configurationFile,
                mustExist: mustExist
            )
        }
        // The level of the log is itself a setting.
        let first = try settings(.warning)
        let level = Logger.Level(rawValue: first.logLevel) ?? .warning
        return level == .warning ? first : try settings(level)
    }

    /// Writes a result to standard output.
    func print(_ text: String) throws { try context.print(text) }

    /// Writes a line for people to standard error, unless they want none.
    func say(_ text: String) { if !isQuiet { context.messages.line(text) } }

    /// Writes a warning to standard error.
    func warn(_ text: String) { context.messages.line("kbackup: warning: \(ErrorMessage.printable(text))") }

    /// Writes lines about what is missing to standard error; the first of them, when there are very many.
    ///
    /// - Parameters:
    ///   - what: What is the matter with each.
    ///   - total: How many there are, if `entries` are not all.
    func complain(_ what: String, _ entries: [FailureDocument], allOf total: Int) {
        var lines: [String] = []
        let shown = entries.prefix(50)
        for entry in shown {
            let line = ErrorMessage.printable("kbackup: \(what): \(entry.subject): \(entry.reason)")
            if !lines.contains(line) { lines.append(line) }
        }
        for line in lines { context.messages.line(line) }
        if total > shown.count { context.messages.line("kbackup: \(what): \(total - shown.count) more") }
    }
}
