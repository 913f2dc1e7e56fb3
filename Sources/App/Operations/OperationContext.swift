package import Foundation
package import Logging
package import SystemPackage

/// What an operation takes from the process it runs in: nothing below reads environment, clock or terminal by itself.
package struct OperationContext: Sendable {
    /// Something to tell the user beside the result.
    package enum Notice: Sendable, Equatable {
        /// Good to know; not shown with `--quiet`.
        case information(String)
        /// Something that may be a mistake or a danger; always shown.
        case warning(String)
    }

    package var environment: [String: String]
    package var folders: UserFolders
    /// What relative paths of flags and variables are relative to.
    package var workingFolder: FilePath
    package var now: @Sendable () -> Date
    package var logger: Logger
    package var notify: @Sendable (Notice) -> Void
    /// Asks for a passphrase on the terminal, without echo; `nil` where there is none.
    package var askPassphrase: (@Sendable (_ prompt: String) async throws -> String)?

    package init(
        environment: [String: String],
        folders: UserFolders,
        workingFolder: FilePath,
        now: @escaping @Sendable () -> Date,
        logger: Logger,
        notify: @escaping @Sendable (Notice) -> Void,
        askPassphrase: (@Sendable (_ prompt: String) async throws -> String)? = nil
    ) {
        self.environment = environment
        self.folders = folders
        self.workingFolder = workingFolder
        self.now = now
        self.logger = logger
        self.notify = notify
        self.askPassphrase = askPassphrase
    }

    /// An absolute path for what a flag or a variable says: `~/` is the home folder.
    func absolutePath(_ text: String) -> FilePath {
        folders.expand(text, relativeTo: workingFolder)
    }
}
