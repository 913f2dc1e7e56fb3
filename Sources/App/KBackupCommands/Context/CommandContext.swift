package import Foundation
package import SystemPackage

/// The process that commands run in, as far as they may see it: a test runs them in one of its own.
package struct CommandContext: Sendable {
    package var environment: [String: String]
    package var workingFolder: FilePath
    /// The home folder that the account database names.
    package var accountHome: FilePath?
    package var now: @Sendable () -> Date
    package var standardOutput: any TextSink
    /// Where bytes go that are no text.
    package var outputDescriptor = FileDescriptor.standardOutput
    package var messages: MessageWriter
    /// Whether somebody watches standard error.
    package var showsProgress: Bool
    /// Asks a question on the terminal and reads a line; `nil` where there is no terminal.
    package var ask: (@Sendable (_ question: String) async throws -> String)?
    /// The same, without showing what is typed.
    package var askSecret: (@Sendable (_ question: String) async throws -> String)?

    package init(
        environment: [String: String],
        workingFolder: FilePath,
        accountHome: FilePath? = nil,
        now: @escaping @Sendable () -> Date,
        standardOutput: any TextSink,
        messages: MessageWriter,
        showsProgress: Bool = false,
        ask: (@Sendable (_ question: String) async throws -> String)? = nil,
        askSecret: (@Sendable (_ question: String) async throws -> String)? = nil
    ) {
        self.environment = environment
        self.workingFolder = workingFolder
        self.accountHome = accountHome
        self.now = now
        self.standardOutput = standardOutput
        self.messages = messages
        self.showsProgress = showsProgress
        self.ask = ask
        self.askSecret = askSecret
    }

    /// Writes a result.
    ///
    /// A reader who has gone away is no error: the work is done all the same.
    func print(_ text: String) throws {
        do {
            try standardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
        } catch is OutputClosed {}
    }
}
