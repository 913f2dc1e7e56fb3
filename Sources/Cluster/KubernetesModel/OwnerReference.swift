/// An object's reference to an owner.
///
/// Fields it does not name are kept.
package struct OwnerReference: Sendable, Hashable {
    package var fields: JSONObject

    package init(_ fields: JSONObject) { self.fields = fields }

    package init(apiVersion: String, kind: String, name: String, uid: String, controller: Bool? = nil) {
        fields = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
        ]
        if let controller { fields["controller"] = .bool(controller) }
    }

    package var apiVersion: String { fields["apiVersion"]?.text ?? "" }
    package var kind: String { fields["kind"]?.text ?? "" }
    package var name: String { fields["name"]?.text ?? "" }

    package var uid: String {
        get { fields["uid"]?.text ?? "" }
        set { fields["uid"] = .string(newValue) }
    }

    /// Whether the owner is the managing controller.
    package var isController: Bool { fields["controller"]?.bool ?? false }
}
