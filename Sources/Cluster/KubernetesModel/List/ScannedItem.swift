/// One object of a list, as the server sent it, with the few fields of its metadata that decide what happens to it.
package struct ScannedItem: Sendable {
    /// The object's JSON, byte for byte.
    package let bytes: ArraySlice<UInt8>
    /// Items of built-in kinds carry neither `apiVersion` nor `kind`.
    package let apiVersion: String?
    package let kind: String?
    package let name: String
    package let namespace: String?
    package let uid: String?
    package let resourceVersion: String?
    /// Whether the object is being deleted.
    package let hasDeletionTimestamp: Bool
    package let hasOwnerReferences: Bool
    /// Where `metadata.labels` lies in ``bytes``.
    let labelsRange: Range<Int>?

    /// Whether there is a `metadata.labels`; it may be empty.
    package var hasLabels: Bool { labelsRange != nil }

    /// The labels, parsed at each call.
    ///
    /// Values that are not strings are left out.
    package var labels: [String: String] {
        guard let labelsRange, case .object(let members)? = try? JSONValue(parsing: bytes[labelsRange]) else {
            return [:]
        }
        var labels: [String: String] = [:]
        for member in members {
            if let key = member.key.text, let value = member.value.text { labels[key] = value }
        }
        return labels
    }

    package var objectName: ObjectName { ObjectName(namespace: namespace, name: name) }

    /// The object in the form in which it is stored: complete with `apiVersion` and `kind`, else byte for byte.
    ///
    /// - Parameters:
    ///   - apiVersion: Inserted when the item has none.
    ///   - kind: Inserted when the item has none.
    package func objectBytes(apiVersion: String, kind: String) -> [UInt8] {
        var prefix: [UInt8] = []
        for (key, value, present) in [("apiVersion", apiVersion, self.apiVersion), ("kind", kind, self.kind)]
        where present == nil {
            JSONString(key).serialize(to: &prefix)
            prefix.append(UInt8(ascii: ":"))
            JSONString(value).serialize(to: &prefix)
            prefix.append(UInt8(ascii: ","))
        }
        guard !prefix.isEmpty else { return Array(bytes) }
        var object: [UInt8] = []
        object.reserveCapacity(bytes.count + prefix.count)
        object.append(UInt8(ascii: "{"))
        object.append(contentsOf: prefix)
        object.append(contentsOf: bytes.dropFirst())
        return object
    }

    /// The stored form of an item of a list of kind `listKind` (`PodList`).
    package func objectBytes(listAPIVersion: String, listKind: String) -> [UInt8] {
        let kind = listKind.hasSuffix("List") ? String(listKind.dropLast(4)) : listKind
        return objectBytes(apiVersion: listAPIVersion, kind: kind)
    }
}
