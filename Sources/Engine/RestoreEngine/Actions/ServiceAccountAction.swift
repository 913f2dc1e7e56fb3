import KubernetesModel

/// Drops the references to secrets that the token controller made: it makes new ones.
struct ServiceAccountAction: RestoreAction {
    let resources: Set<GroupResource>? = ["serviceaccounts"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        guard let secrets = object["secrets"]?.array, let account = object.name else { return }
        let kept = secrets.filter { secret in
            guard let name = secret["name"]?.text else { return true }
            return !GeneratedName.isToken(name, of: account)
        }
        object["secrets"] = kept.isEmpty ? nil : .array(kept)
    }
}
