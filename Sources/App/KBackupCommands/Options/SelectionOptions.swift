import ArgumentParser
import Operations

/// Which objects: the flags that Velero has, too.
///
/// Values may be joined by commas, and flags repeated.
struct SelectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Namespaces to include: names or globs such as 'team-*'. (default: all)", valueName: "names")
    )
    var includeNamespaces: [String] = []

    @Option(help: ArgumentHelp("Namespaces to exclude.", valueName: "names"))
    var excludeNamespaces: [String] = []

    @Option(
        help: ArgumentHelp(
            "Resources to include: 'deployments', 'deploy', 'deployments.apps', '*.apps'; without a group, the core group's "
                + "before others. (default: all)",
            valueName: "resources"
        )
    )
    var includeResources: [String] = []

    @Option(help: ArgumentHelp("Resources to exclude.", valueName: "resources"))
    var excludeResources: [String] = []

    @Option(
        name: [.customShort("l"), .long],
        help: ArgumentHelp(
            "Only objects with these labels, and what they need of the cluster: 'app=web,tier!=cache'. (default: all)",
            valueName: "selector"
        )
    )
    var selector: String?

    @Option(
        help: ArgumentHelp(
            "true: all cluster-scoped objects; false: none. (default: all with all namespaces, else what is needed)",
            valueName: "true|false"
        )
    )
    var includeClusterResources: Bool?

    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` for an option that says nothing.
    var selection: ObjectSelection {
        get throws(OperationError) {
            if let selector, selector.allSatisfy(\.isWhitespace) {
                throw OperationError(
                    .usage,
                    "--selector has an empty value. Say what is meant, or leave the option out."
                )
            }
            return ObjectSelection(
                includedNamespaces: try ListValue.entries(includeNamespaces, of: "--include-namespaces"),
                excludedNamespaces: try ListValue.entries(excludeNamespaces, of: "--exclude-namespaces"),
                includedResources: try ListValue.entries(includeResources, of: "--include-resources"),
                excludedResources: try ListValue.entries(excludeResources, of: "--exclude-resources"),
                labelSelector: selector ?? "",
                includeClusterResources: includeClusterResources
            )
        }
    }
}
