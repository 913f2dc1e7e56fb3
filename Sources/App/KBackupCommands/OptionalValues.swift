/// Flags that users write with or without a value, as kubectl and Velero let them: `--include-cluster-resources` is
/// `--include-cluster-resources=true`, and never takes the next argument.
///
/// So is `--read-data`, which is `--read-data=100%`.
enum OptionalValues {
    private static let flags: Set<String> = ["--include-cluster-resources", "--path-style", "--conditional-writes"]

    static func completed(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return arguments.enumerated().map { index, argument in
            guard index < end else { return argument }
            let next = index + 1 < arguments.count ? arguments[index + 1] : ""
            if argument == "--read-data" { return next.hasSuffix("%") ? argument : "\(argument)=100%" }
            guard flags.contains(argument) else { return argument }
            return ["true", "false"].contains(next) ? argument : "\(argument)=true"
        }
    }

    /// The flag of these that `value` was written behind, if there is one, and what its values are.
    static func option(before value: String, in arguments: [String]) -> (option: String, form: String)? {
        for (argument, next) in zip(arguments, arguments.dropFirst()) where next == value {
            if argument == "--read-data" { return (argument, PercentValue.form) }
            if flags.contains(argument) { return (argument, "write 'true' or 'false'.") }
        }
        return nil
    }
}
