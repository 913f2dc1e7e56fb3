import ArgumentParser
import Operations

/// How a result looks.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For people.
    case table
    case json
    case yaml
}

struct OutputOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("How to print the result. (default: table)", valueName: "format")
    )
    var output: OutputFormat?

    var flags: [Setting: [String]] { .given([.output: output?.rawValue]) }
}
