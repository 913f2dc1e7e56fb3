import Operations

/// Options that are given without saying anything: `--cluster ""`, `--cluster=`.
///
/// They come from scripts in which a variable is not set. Taken as if they were not there, they would turn a choice into
/// "all" or into a default.
enum EmptyValues {
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` for the first.
    static func refuse(_ arguments: [String]) throws(OperationError) {
        let options = arguments.prefix { $0 != "--" }
        for (index, argument) in options.enumerated() where argument.hasPrefix("-") {
            let isEmpty =
                argument.firstIndex(of: "=").map { argument.index(after: $0) == argument.endIndex }
                ?? (index + 1 < options.count && options[index + 1].isEmpty)
            guard isEmpty else { continue }
            let name = argument.prefix { $0 != "=" }
            throw OperationError(
                .usage,
                "\(name) has an empty value. Say what is meant, or leave the option out."
            )
        }
    }
}
