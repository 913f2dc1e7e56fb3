import KubeAPI
import KubernetesModel

extension ObjectRestorer {
    /// Where the object of the cluster differs from what was to be created.
    ///
    /// Owners that it is going to be attached to count as there.
    func places(_ draft: Draft, _ live: KubernetesObject) -> [String] {
        var ours = draft.object
        ours.ownerReferences = draft.stored.ownerReferences
        return comparison(draft).places(ours: ours, live: withComingOwners(draft, live))
    }

    private func withComingOwners(_ draft: Draft, _ live: KubernetesObject) -> KubernetesObject {
        guard isOurs(live) else { return live }
        var complete = live
        complete.ownerReferences += missingOwners(draft, live)
        return complete
    }

    private func comparison(_ draft: Draft) -> ObjectComparison {
        ObjectComparison(
            resource: draft.key.groupResource,
            hasStatusSubresource: draft.resource.subresources.contains("status")
        )
    }

    /// What becomes of an object that is there and is not merged.
    func compare(_ draft: Draft, _ live: KubernetesObject) async throws -> ObjectOutcome {
        let places = try await differences(draft, live)
        if places.isEmpty { return .unchanged }
        if let original = withoutMapping(draft), try await differences(original, live).isEmpty {
            context.ledger.warn(
                "\(subject(draft.key)): It is there as it was backed up and was left so: it serves the namespaces that it "
                    + "names, and not those that they are mapped to."
            )
            return .unchanged
        }
        if draft.key.groupResource == "services", isOurs(live), places.allSatisfy(ServiceAction.isAllocation) {
            context.ledger.warn(
                "\(subject(draft.key)): It was there already, from an earlier restore, with other addresses or node ports "
                    + "than in the backup."
            )
            return .unchanged
        }
        let isInContent = !places.allSatisfy { $0.hasPrefix("metadata.") }
        return .conflict(Conflict(places: places, isInContent: isInContent))
    }

    /// The draft of an object that stays where it was, as it would be without a mapping of namespaces.
    ///
    /// In the cluster that was backed up, it is there for the namespace that is mapped to another: cluster-scoped, or a
    /// role binding, say, of a namespace that is not mapped itself.
    ///
    /// - Returns: `nil` when that is the draft itself.
    private func withoutMapping(_ draft: Draft) -> Draft? {
        guard draft.name.namespace ?? "" == draft.key.namespace, !draft.key.isNamespaceObject else { return nil }
        var original = draft
        original.object = comparison(draft).shaped(draft.stored)
        original.object.apiVersion = draft.object.apiVersion
        original.object.ownerReferences = draft.object.ownerReferences
        return original.object == draft.object ? nil : original
    }

    private func differences(_ draft: Draft, _ live: KubernetesObject) async throws -> [String] {
        let places = places(draft, live)
        return places.isEmpty ? [] : try await placesAfterDefaults(draft, live) ?? places
    }

    /// Where they differ when the server has filled in its defaults in ours, as it had in its own.
    ///
    /// A field that ours lacks counts as equal only when the server itself would put the same value there: asked by a
    /// rehearsal of a replacement, which changes nothing.
    ///
    /// - Returns: `nil` when the server would not take the replacement.
    private func placesAfterDefaults(_ draft: Draft, _ live: KubernetesObject) async throws -> [String]? {
        var ours = draft.object
        ours["metadata", "ownerReferences"] = live["metadata", "ownerReferences"]
        for field: JSONPathStep in ["uid", "resourceVersion"] { ours["metadata", field] = live["metadata", field] }
        // What the server allocated once, it does not allocate again.
        for path in Self.allocated[draft.key.groupResource] ?? [] where ours[path: path] == nil {
            ours[path: path] = live[path: path]
        }
        let rehearsed: KubernetesObject
        do {
            let answer = try await context.target.rehearseReplace(draft.resource, draft.name, body: ours.serialized())
            rehearsed = try KubernetesObject(parsing: answer)
        } catch let error as KubeAPIError {
            switch Refusal(error, hasGeneratedName: false) {
            case .fatal, .unreachable: throw error
            default: return nil
            }
        }
        // Who set what is known of the live object only.
        var withDefaults = rehearsed
        withDefaults["metadata", "managedFields"] = live["metadata", "managedFields"]
        withDefaults.ownerReferences = draft.stored.ownerReferences
        let comparison = comparison(draft)
        return comparison.places(ours: comparison.shaped(withDefaults), live: withComingOwners(draft, live))
    }

    private static let allocated: [GroupResource: [[JSONPathStep]]] = [
        "services": [["spec", "clusterIP"], ["spec", "clusterIPs"], ["spec", "healthCheckNodePort"]],
        "persistentvolumeclaims": [["spec", "volumeName"]],
    ]
}
