import KubernetesModel

/// Empties a token secret made by hand, so that the token controller fills it for the new service account.
///
/// With the uid of the old account in it, the controller would delete the secret.
struct SecretAction: RestoreAction {
    static let tokenType = "kubernetes.io/service-account-token"
    static let accountUID = "kubernetes.io/service-account.uid"
    static let filled = ["token", "ca.crt", "namespace"]

    let resources: Set<GroupResource>? = ["secrets"]

    func apply(to object: inout KubernetesObject, in context: inout ActionContext) {
        guard object["type"]?.text == Self.tokenType else { return }
        object.annotations[Self.accountUID] = nil
        for key in Self.filled { object["data", .key(key)] = nil }
        if object["data"]?.object?.isEmpty == true { object["data"] = nil }
    }
}
