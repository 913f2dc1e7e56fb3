/// With what number the program ends: the same for every command.
///
/// `docs/exit-codes.md` has the table; a test compares the two.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case complete = 0
    case failed = 1
    case partial = 3
    case notFound = 4
    case conflict = 5
    case accessDenied = 6
    case usage = 64
    case interrupted = 130

    /// What it means, for the table.
    package var meaning: String {
        switch self {
        case .complete: "done, complete"
        case .failed: "failed; nothing usable came of it"
        case .partial: "finished with failures: something is missing, and the output says what"
        case .notFound: "not found: a backup, restore, object, location or repository"
        case .conflict: "conflict: the name exists already, or means several things"
        case .accessDenied: "wrong or missing key, passphrase or credentials, or not allowed"
        case .usage: "usage: the command line, a variable or the configuration file is not understood"
        case .interrupted: "interrupted by SIGINT, SIGTERM or SIGHUP"
        }
    }
}
