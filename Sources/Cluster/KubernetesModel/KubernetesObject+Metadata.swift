extension KubernetesObject {
    /// The object's metadata; empty when it has none.
    package var metadata: JSONObject {
        get { root["metadata"]?.object ?? JSONObject() }
        set { root["metadata"] = .object(newValue) }
    }

    package var name: String? {
        get { metadataText("name") }
        set { setMetadataText("name", newValue) }
    }

    package var generateName: String? {
        get { metadataText("generateName") }
        set { setMetadataText("generateName", newValue) }
    }

    /// `nil` for cluster-scoped objects.
    package var namespace: String? {
        get { metadataText("namespace") }
        set { setMetadataText("namespace", newValue) }
    }

    package var uid: String? {
        get { metadataText("uid") }
        set { setMetadataText("uid", newValue) }
    }

    package var resourceVersion: String? {
        get { metadataText("resourceVersion") }
        set { setMetadataText("resourceVersion", newValue) }
    }

    package var deletionTimestamp: String? {
        get { metadataText("deletionTimestamp") }
        set { setMetadataText("deletionTimestamp", newValue) }
    }

    /// Setting none removes the field.
    ///
    /// Values that are not strings are left out when reading.
    package var labels: [String: String] {
        get { metadataTexts("labels") }
        set { setMetadataTexts("labels", newValue) }
    }

    /// Setting none removes the field.
    ///
    /// Values that are not strings are left out when reading.
    package var annotations: [String: String] {
        get { metadataTexts("annotations") }
        set { setMetadataTexts("annotations", newValue) }
    }

    /// Setting none removes the field.
    package var finalizers: [String] {
        get { self["metadata", "finalizers"]?.array?.compactMap(\.text) ?? [] }
        set { self["metadata", "finalizers"] = newValue.isEmpty ? nil : .array(newValue.map { .string($0) }) }
    }

    /// Setting none removes the field.
    package var ownerReferences: [OwnerReference] {
        get { self["metadata", "ownerReferences"]?.array?.compactMap(\.object).map(OwnerReference.init) ?? [] }
        set {
            self["metadata", "ownerReferences"] = newValue.isEmpty ? nil : .array(newValue.map { .object($0.fields) })
        }
    }

    /// The namespace and the name; `nil` when the object has no name.
    package var objectName: ObjectName? { name.map { ObjectName(namespace: namespace, name: $0) } }

    private func metadataText(_ key: String) -> String? { self["metadata", .key(key)]?.text }

    private mutating func setMetadataText(_ key: String, _ text: String?) {
        self["metadata", .key(key)] = text.map { .string($0) }
    }

    private func metadataTexts(_ key: String) -> [String: String] {
        var texts: [String: String] = [:]
        for member in self["metadata", .key(key)]?.object ?? JSONObject() {
            if let key = member.key.text, let value = member.value.text { texts[key] = value }
        }
        return texts
    }

    /// Keys that stay keep their place, new ones follow in alphabetical order.
    private mutating func setMetadataTexts(_ key: String, _ texts: [String: String]) {
        guard !texts.isEmpty else {
            self["metadata", .key(key)] = nil
            return
        }
        var object = self["metadata", .key(key)]?.object ?? JSONObject()
        object.removeAll { member in member.key.text.flatMap { texts[$0] } == nil }
        for (key, value) in texts.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
        self["metadata", .key(key)] = .object(object)
    }
}
