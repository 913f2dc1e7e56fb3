import ArgumentParser
import Operations

/// Whether a dangerous thing is to be done without a question.
struct ConfirmationOptions: ParsableArguments {
    @Flag(
        name: [.customShort("y"), .customLong("yes"), .customLong("confirm")],
        help: "Do not ask before deleting."
    )
    var isConfirmed = false

    /// Asks at the terminal, unless the user has agreed already.
    ///
    /// - Throws: ``OperationError`` when the answer is no, or nobody can be asked.
    func confirm(_ question: String, in session: Session) async throws {
        if isConfirmed { return }
        guard let ask = session.context.ask else {
            throw OperationError(.usage, "There is no terminal to ask at: say --yes to delete without a question.")
        }
        let answer = try await ask("\(question) [y/N] ").lowercased()
        guard ["y", "yes"].contains(answer.filter { !$0.isWhitespace }) else {
            throw OperationError(.failed, "Nothing was deleted.")
        }
    }
}
