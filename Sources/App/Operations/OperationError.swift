/// Why an operation could not be done, when the reason lies in what was asked or in the configuration.
///
/// `code` is for programs, `message` is for people: a sentence that names the thing, and ends with what to do about it.
/// Errors of the modules below pass through unchanged; ``ExitStatus/init(of:)`` knows them all.
package struct OperationError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Hashable, CaseIterable {
        /// The command line, a variable or the configuration file says something that cannot be.
        case usage
        /// A backup, restore, object or location of that name does not exist.
        case notFound
        /// The name is taken, or means several things.
        case conflict
        /// A key, passphrase or credential is missing or wrong.
        case accessDenied
        /// What was done ended with failures; the rest is usable.
        case partial
        /// Nothing usable came of it.
        case failed
        /// It was stopped by the user.
        case interrupted
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
