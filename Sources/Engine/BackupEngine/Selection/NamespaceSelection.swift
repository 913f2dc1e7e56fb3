import KubernetesModel

/// Which namespaces a backup takes.
struct NamespaceSelection: Sendable {
    private let included: [Glob]
    private let excluded: [Glob]

    init(_ spec: BackupSpec) throws {
        included = try spec.includedNamespaces.map(Self.glob)
        excluded = try spec.excludedNamespaces.map(Self.glob)
    }

    private static func glob(_ text: String) throws -> Glob {
        guard !text.isEmpty, let glob = Glob(text) else {
            throw BackupEngineError(.invalidSpec, "'\(text)' is not the name of a namespace, nor a pattern for names.")
        }
        return glob
    }

    /// Whether no namespace was left out by not being named; exclusions do not count.
    var includesEverything: Bool { included.isEmpty || included.contains(where: \.matchesEverything) }

    /// The namespaces of a cluster that are taken.
    ///
    /// - Parameter labels: Of every namespace of the cluster, by its name.
    /// - Returns: Which are taken, those that a rule leaves out with that rule, and the names and patterns that stand for
    ///   none: a slip of the pen, as a rule.
    /// - Throws: ``BackupEngineError`` when a name without wildcards is none of the cluster's, or none is taken.
    func select(from labels: [String: [String: String]]) throws -> (
        scope: NamespaceScope, exclusions: [BackupDetails.Exclusion], warnings: [String]
    ) {
        for glob in included where glob.isLiteral && labels[glob.description] == nil {
            throw BackupEngineError(
                .notFound,
                "There is no namespace '\(glob)' in the cluster."
                    + NearestName.hint(glob.description, among: labels.keys)
                    + " 'kubectl get namespaces' lists what there is."
            )
        }
        var (selected, excludedNames, others) = (Set<String>(), Set<String>(), Set<String>())
        var exclusions: [BackupDetails.Exclusion] = []
        for (name, labels) in labels.sorted(by: { $0.key < $1.key }) {
            guard includesEverything || included.contains(where: { $0.matches(name) }) else {
                others.insert(name)
                continue
            }
            if let rule = rule(against: name, labels) {
                exclusions.append(.init(subject: "namespaces/\(name)", rule: rule))
                excludedNames.insert(name)
            } else {
                selected.insert(name)
            }
        }
        if selected.isEmpty {
            throw BackupEngineError(
                .notFound,
                "No namespace of the cluster is selected by --include-namespaces and --exclude-namespaces."
            )
        }
        let scope = NamespaceScope(selected: selected, excluded: excludedNames, others: others)
        return (scope, exclusions, warnings(names: labels.keys))
    }

    private func warnings(names: some Collection<String>) -> [String] {
        [("--include-namespaces", included), ("--exclude-namespaces", excluded)].flatMap { option, globs in
            globs.filter { !names.contains(where: $0.matches) }
                .map { "\(option) '\($0)' matches no namespace of the cluster." }
        }
    }

    private func rule(against name: String, _ labels: [String: String]) -> String? {
        if let glob = excluded.first(where: { $0.matches(name) }) { return "--exclude-namespaces \(glob)" }
        return ExcludeLabel.found(in: labels).map { "label \($0)=true" }
    }
}

/// The labels by which the owner of an object keeps it out of backups.
enum ExcludeLabel {
    private static let names = ["kbackup.io/exclude-from-backup", "velero.io/exclude-from-backup"]

    /// The label that says so, if one does.
    static func found(in labels: [String: String]) -> String? { names.first { labels[$0] == "true" } }
}
