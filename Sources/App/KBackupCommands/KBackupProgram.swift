import Foundation
import Glibc
import MemoryAllocator
import Operations
import SystemPackage

/// The process: its arguments, environment, clock, streams, signals and end.
package enum KBackupProgram {
    /// Runs the command line of this process, and ends it.
    package static func main() async -> Never {
        MemoryAllocator.keepFreedBuffers()
        // A write to a closed pipe is an error of that write, not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
        let runner = CommandRunner(context())
        let arguments = Array(CommandLine.arguments.dropFirst())
        let work = Task { await runner.run(arguments) }
        let signals = SignalWatch { work.cancel() }
        let status = await work.value
        signals.end()
        exit(status.rawValue)
    }

    private static func context() -> CommandContext {
        let messages = MessageWriter(StandardStream.error)
        let watchesErrors = isatty(STDERR_FILENO) == 1
        let hasTerminal = watchesErrors && isatty(STDIN_FILENO) == 1
        var context = CommandContext(
            environment: ProcessInfo.processInfo.environment,
            workingFolder: FilePath(FileManager.default.currentDirectoryPath),
            now: { Date() },
            standardOutput: StandardStream.output,
            messages: messages,
            showsProgress: watchesErrors && ProcessInfo.processInfo.environment["TERM"] != "dumb"
        )
        context.accountHome = FilePath(NSHomeDirectory())
        if hasTerminal {
            context.ask = { try await Terminal.ask($0, echoes: true) }
            context.askSecret = { try await Terminal.ask($0, echoes: false) }
        }
        return context
    }
}
