import ArgumentParser

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file())
    var config: String?

    @Option(help: ArgumentHelp("What to log to standard error. (default: warning)", valueName: "level"))
    var logLevel: LogLevel?

    @Flag(name: [.short, .long], help: "Print only what is needed: names of what was made, warnings and errors.")
    var quiet = false
}

/// The levels of log messages.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
