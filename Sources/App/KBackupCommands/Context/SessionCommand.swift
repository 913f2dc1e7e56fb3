import ArgumentParser
import Operations

/// A command of this program: it sees the process only through what it is given.
protocol ContextCommand: AsyncParsableCommand {
    func run(in context: CommandContext) async throws
}

/// A command that reads the configuration.
protocol SessionCommand: ContextCommand {
    var global: GlobalOptions { get }
    /// What the command line says about settings.
    var flags: [Setting: [String]] { get }
    /// The flags of settings that the command calls otherwise than ``Setting/flag``.
    var flagNames: [Setting: String] { get }
    /// Whether the configuration file need not exist, even when it is named.
    var mayMakeConfiguration: Bool { get }

    func run(_ session: Session) async throws
}

extension SessionCommand {
    var flags: [Setting: [String]] { [:] }
    var flagNames: [Setting: String] { [:] }
    var mayMakeConfiguration: Bool { false }

    func run(in context: CommandContext) async throws {
        let session = try Session(context, self)
        try await session.settings.loggingRequests { try await run(session) }
    }
}

extension [Setting: [String]] {
    /// Settings of which those on the command line are set.
    static func given(_ texts: [Setting: String?]) -> Self { texts.compactMapValues { $0.map { [$0] } } }

    func adding(_ other: Self) -> Self { merging(other) { _, new in new } }
}
