/// A Kubernetes object of any kind, without a schema: what is not known stays as it is.
package struct KubernetesObject: Sendable, Hashable {
    /// The whole object.
    package var root: JSONObject

    package init(_ root: JSONObject) { self.root = root }

    /// Parses `bytes` as one JSON object.
    ///
    /// - Throws: ``JSONError`` for anything else.
    package init(
        parsing bytes: some Sequence<UInt8>,
        maximumDepth: Int = JSONValue.defaultMaximumDepth
    ) throws(JSONError) {
        let value = try JSONValue(parsing: bytes, maximumDepth: maximumDepth)
        guard case .object(let root) = value else {
            throw JSONError(
                .unexpected,
                "A Kubernetes object is a JSON object, but this is \(value.typeName)",
                offset: 0
            )
        }
        self.root = root
    }

    /// The object as compact JSON.
    package func serialized() -> [UInt8] { JSONValue.object(root).serialized() }

    /// The value at the end of `path`; see ``JSONValue``'s subscript.
    package subscript(_ path: JSONPathStep...) -> JSONValue? {
        get { self[path: path] }
        set { self[path: path] = newValue }
    }

    /// The same, for a path that is not known before.
    package subscript(path path: [JSONPathStep]) -> JSONValue? {
        get {
            guard case .key(let key)? = path.first else { return nil }
            return root[key]?[path: Array(path.dropFirst())]
        }
        set {
            guard case .key(let key)? = path.first else {
                preconditionFailure("a path into an object starts with a key")
            }
            let rest = Array(path.dropFirst())
            root.update(key) { value in
                if rest.isEmpty {
                    value = newValue
                } else if newValue != nil || value != nil {
                    var changed = value ?? .object(JSONObject())
                    value = nil
                    changed[path: rest] = newValue
                    value = changed
                }
            }
        }
    }

    package var apiVersion: String? {
        get { root["apiVersion"]?.text }
        set { root["apiVersion"] = newValue.map { .string($0) } }
    }

    package var kind: String? {
        get { root["kind"]?.text }
        set { root["kind"] = newValue.map { .string($0) } }
    }
}

extension KubernetesObject {
    /// The group of `apiVersion`: `apps` of `apps/v1`, empty for the core group.
    package var group: String {
        guard let apiVersion, let slash = apiVersion.firstIndex(of: "/") else { return "" }
        return String(apiVersion[..<slash])
    }
}
