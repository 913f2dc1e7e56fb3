import KubernetesModel

/// Who set a field of an object: a user, or a server of the cluster.
struct FieldOwnership: Sendable {
    /// These write what they compute; their fields are nobody's wish.
    static let servers: Set<String> = [
        "kube-controller-manager", "kube-apiserver", "kube-scheduler", "kubelet", "cloud-controller-manager",
    ]

    private let object: KubernetesObject
    private let declared: [JSONValue]
    private let lastApplied: JSONValue?

    init(_ object: KubernetesObject) {
        self.object = object
        declared = (object["metadata", "managedFields"]?.array ?? [])
            .filter { !Self.servers.contains($0["manager"]?.text ?? "") }
            .compactMap { $0["fieldsV1"] }
        lastApplied = object.annotations["kubectl.kubernetes.io/last-applied-configuration"]
            .flatMap { try? JSONValue(parsing: Array($0.utf8)) }
    }

    /// Whether a user set the field at `path`: it stands in the configuration that kubectl applied last, or a client that
    /// is no server of the cluster owns it.
    func isDeclared(_ path: [JSONPathStep]) -> Bool {
        declared.contains { owns($0, path) }
            || lastApplied.map { $0.isSet(path, likeIn: .object(object.root)) } ?? false
    }

    private func owns(_ fields: JSONValue, _ path: [JSONPathStep]) -> Bool {
        var fields = fields
        var value = JSONValue.object(object.root)
        for step in path {
            guard let below = value[step] else { return false }
            let next: JSONValue? =
                switch step {
                case .key(let key): fields[.key("f:\(key)")]
                case .index: Self.fields(of: below, in: fields)
                }
            guard let next else { return false }
            (fields, value) = (next, below)
        }
        return true
    }

    /// `managedFields` names an element of a list by its key fields: `k:{"port":80,"protocol":"TCP"}`.
    private static func fields(of element: JSONValue, in fields: JSONValue) -> JSONValue? {
        for member in fields.object ?? JSONObject() {
            guard let name = member.key.text, name.hasPrefix("k:"),
                let keys = try? JSONValue(parsing: Array(name.utf8.dropFirst(2))), let keys = keys.object
            else { continue }
            if keys.allSatisfy({ key in element.object?[key.key]?.isEquivalent(to: key.value) ?? false }) {
                return member.value
            }
        }
        return nil
    }
}

extension JSONValue {
    /// Whether the applied configuration sets the field at `path` of an object; elements of lists are found by name or
    /// port.
    fileprivate func isSet(_ path: [JSONPathStep], likeIn object: JSONValue) -> Bool {
        guard let step = path.first else { return !isNull }
        let rest = Array(path.dropFirst())
        guard let below = object[step] else { return false }
        switch step {
        case .key: return self[step]?.isSet(rest, likeIn: below) ?? false
        case .index:
            return array?.contains { $0.isSameElement(as: below) && $0.isSet(rest, likeIn: below) } ?? false
        }
    }

    private func isSameElement(as other: JSONValue) -> Bool {
        if let name = self["name"]?.text, !name.isEmpty { return name == other["name"]?.text }
        return self["port"] == other["port"] && (self["protocol"]?.text ?? "TCP") == (other["protocol"]?.text ?? "TCP")
    }
}
