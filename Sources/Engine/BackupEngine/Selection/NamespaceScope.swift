/// Which namespaces a backup takes, of those that the cluster had when the backup began.
///
/// That moment decides: a namespace that was made later is not in the backup, whatever shows its objects. Lists at the
/// backup's revision cannot; lists of a later moment can, where the server has given that revision up, or has none.
struct NamespaceScope: Sendable {
    /// Those that are taken.
    let selected: Set<String>
    /// Those that a rule leaves out, each of which is in the ledger by its name.
    let excluded: Set<String>
    /// Those that are not asked for.
    let others: Set<String>

    /// The rule that leaves out the objects of a namespace; `nil` when they are taken.
    func rule(forObjectsIn namespace: String) -> String? {
        if selected.contains(namespace) { return nil }
        return excluded.contains(namespace) || others.contains(namespace)
            ? "in a namespace that is not selected"
            : "in a namespace that the cluster did not have when the backup began"
    }

    /// The rule that leaves out a namespace itself, if one does and the ledger does not have it yet.
    func rule(forNamespace name: String) -> String? {
        if selected.contains(name) || excluded.contains(name) { return nil }
        return others.contains(name) ? "not named by --include-namespaces" : "made after the backup began"
    }
}
