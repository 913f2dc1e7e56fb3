import KubernetesModel

/// Adds to a service account of the cluster what the one of the backup has beyond it.
///
/// Accounts such as `default` are made by a controller as soon as their namespace exists.
enum ServiceAccountMerge {
    /// - Returns: The merge patch; `nil` when the account has everything.
    static func patch(from ours: KubernetesObject, to live: KubernetesObject) -> JSONValue? {
        var patch = JSONObject()
        var metadata = JSONObject()
        for field in ["labels", "annotations"] {
            let missing = (ours["metadata", .key(field)]?.object ?? JSONObject()).filter { member in
                live["metadata", .key(field)]?.object?[member.key] == nil
            }
            guard !missing.isEmpty else { continue }
            var object = JSONObject()
            for member in missing { object[member.key] = member.value }
            metadata[field] = .object(object)
        }
        for field in ["secrets", "imagePullSecrets"] {
            let present = live[.key(field)]?.array ?? []
            let names = Set(present.compactMap { $0["name"]?.text })
            let missing = (ours[.key(field)]?.array ?? []).filter {
                $0["name"]?.text.map { !names.contains($0) } ?? false
            }
            // A merge patch replaces lists, so it has to hold all of it.
            if !missing.isEmpty { patch[field] = .array(present + missing) }
        }
        if live["automountServiceAccountToken"] == nil, let automount = ours["automountServiceAccountToken"] {
            patch["automountServiceAccountToken"] = automount
        }
        guard !patch.isEmpty || !metadata.isEmpty else { return nil }
        // Nothing that somebody else adds at the same time may be lost.
        if let version = live.resourceVersion { metadata["resourceVersion"] = .string(version) }
        patch["metadata"] = .object(metadata)
        return .object(patch)
    }

    /// Where both have a value, and not the same one.
    static func conflict(between ours: KubernetesObject, and live: KubernetesObject) -> Conflict? {
        var places: [String] = []
        for field in ["labels", "annotations"] {
            for member in ours["metadata", .key(field)]?.object ?? JSONObject() {
                guard let other = live["metadata", .key(field)]?.object?[member.key], other != member.value else {
                    continue
                }
                places.append("metadata.\(field).\(member.key.displayText)")
            }
        }
        let automount: JSONPathStep = "automountServiceAccountToken"
        let differs = ours[automount].map { one in live[automount].map { $0 != one } ?? false } ?? false
        if differs { places.append("automountServiceAccountToken") }
        return places.isEmpty ? nil : Conflict(places: places, isInContent: differs, isMerged: true)
    }
}
