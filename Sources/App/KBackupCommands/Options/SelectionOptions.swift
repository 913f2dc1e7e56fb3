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
            "Resources to include: 'deployments', 'deploy', 'deployments.apps', '*.apps'. (default: all)",
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

    var selection: ObjectSelection {
        ObjectSelection(
            includedNamespaces: Self.items(includeNamespaces),
            excludedNamespaces: Self.items(excludeNamespaces),
            includedResources: Self.items(includeResources),
            excludedResources: Self.items(excludeResources),
            labelSelector: selector ?? "",
            includeClusterResources: includeClusterResources
        )
    }

    static func items(_ texts: [String]) -> [String] {
        texts.flatMap { $0.split(separator: ",") }.compactMap { item in
            let text = item.drop { $0 == " " }
            let last = text.lastIndex { $0 != " " }
            return last.map { String(text[...$0]) }
        }
    }
}
