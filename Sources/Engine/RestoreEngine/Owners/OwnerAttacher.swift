import KubeAPI
import KubernetesModel

/// Adds references to owners that came into being after the objects that they own.
struct OwnerAttacher: Sendable {
    let context: RestoreContext

    /// - Parameters:
    ///   - stored: The object as the backup has it.
    ///   - isLast: Whether owners that are still not there will not come.
    /// - Returns: What should be known: owners that are missing. Empty when all is well, or the object waits for more.
    /// - Throws: `KubeAPIError` when the cluster does not take the references: its code is `conflict` when others change
    ///   the object all the time.
    func attach(_ stored: KubernetesObject, _ key: StoredObjectKey, isLast: Bool) async throws -> [String] {
        guard let backedUp = context.resources[key.groupResource],
            let resource = context.served.place(of: backedUp).resource
        else { return ["Its references to owners could not be added: the cluster does not serve its kind any more."] }
        var owners: [OwnerReference] = []
        var waiting: Set<GroupResource> = []
        var remarks: [String] = []
        for reference in stored.ownerReferences {
            switch try await context.owners.resolve(reference, of: key) {
            case .owner(let owner): owners.append(owner)
            case .adopted: break
            case .pending(let resource): waiting.insert(resource)
            // The last round tells of it, once.
            case .missing where !isLast: waiting.insert(key.groupResource)
            case .missing(let absence): remarks.append(absence.remark(on: reference))
            }
        }
        if !waiting.isEmpty { context.pending.add(key, waitingFor: waiting) }
        if !owners.isEmpty { try await attach(owners, to: context.mapping(key), resource) }
        return remarks
    }

    private func attach(_ owners: [OwnerReference], to name: ObjectName, _ resource: APIResource) async throws {
        var attempt = 1
        while true {
            do {
                let live = try KubernetesObject(parsing: try await context.target.get(resource, name))
                let present = Set(live.ownerReferences.map(\.uid))
                let missing = owners.filter { !present.contains($0.uid) }
                if missing.isEmpty { return }
                let references = (live.ownerReferences + missing).map { JSONValue.object($0.fields) }
                let patch: JSONValue = [
                    "metadata": [
                        "resourceVersion": .string(live.resourceVersion ?? ""), "ownerReferences": .array(references),
                    ]
                ]
                _ = try await context.target.mergePatch(
                    resource,
                    name,
                    body: patch.serialized(),
                    options: WriteOptions(fieldManager: RestoreEngine.fieldManager)
                )
                return
            } catch let error as KubeAPIError where error.code == .notFound {
                // Deleted since: nothing is left to attach.
                return
            } catch let error as KubeAPIError where error.code == .conflict && attempt < 5 {
                attempt += 1
            }
        }
    }
}
