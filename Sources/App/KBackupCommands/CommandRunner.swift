import ArgumentParser
package import Operations

/// Runs one command line within a process, or within a test.
package struct CommandRunner: Sendable {
    let context: CommandContext

    package init(_ context: CommandContext) { self.context = context }

    /// Parses and runs.
    ///
    /// Whatever goes wrong becomes one line on standard error.
    ///
    /// - Parameter arguments: Without the program's name.
    /// - Returns: With what the process is to end.
    package func run(_ arguments: [String]) async -> ExitStatus {
        if let problem = NamedCommand(arguments).problem { return say(problem, .usage) }
        do {
            let parsed = try await parse(arguments)
            if let command = parsed as? any ContextCommand {
                try await command.run(in: context)
            } else {
                // 'help', or a command that only has subcommands: prints its help by throwing.
                var command = parsed
                try command.run()
            }
            return .complete
        } catch {
            return report(error, of: arguments)
        }
    }

    private func parse(_ arguments: [String]) async throws -> any ParsableCommand {
        guard arguments.first != NameCompletion.request else {
            // A line that is not finished yet: nothing in it is to be refused or completed here.
            return try await NameCompletion.$context.withValue(context) {
                try await KBackup.asyncParseAsRoot(arguments)
            }
        }
        try EmptyValues.refuse(arguments)
        return try await KBackup.asyncParseAsRoot(OptionalValues.completed(arguments))
    }

    private func report(_ error: any Error, of arguments: [String]) -> ExitStatus {
        if Task.isCancelled { return say("Interrupted.", .interrupted) }
        switch error {
        case let error as CheckFailed: return say(error.description, error.status)
        case is OutputClosedError: return .failed
        default: break
        }
        if isOwn(error) { return say(ErrorMessage.text(of: error), ExitStatus(of: error)) }
        // What is left are errors of the argument parser, and its requests for help.
        if KBackup.exitCode(for: error).isSuccess {
            try? context.print(KBackup.fullMessage(for: error))
            return .complete
        }
        let message = KBackup.message(for: error)
        guard KBackup.exitCode(for: error) == .validationFailure else {
            return say(ErrorMessage.line(message), .failed)
        }
        return say(UsageMessage.text(message, of: arguments), .usage)
    }

    private func say(_ message: String, _ status: ExitStatus) -> ExitStatus {
        context.messages.line("kbackup: \(message)")
        return status
    }

    /// Whether an error is of this program, and not of the argument parser.
    private func isOwn(_ error: any Error) -> Bool {
        ExitStatus(of: error) != .failed || KBackup.exitCode(for: error) == .failure
    }
}
