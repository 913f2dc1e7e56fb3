import KubeAPI
import KubernetesModel

/// Finds out whether the volume of a claim is there for it, and frees a volume that was left behind by the same claim.
struct VolumeBinder {
    /// What is to be done with the name of the volume in the claim.
    struct Answer: Sendable, Hashable {
        var keepsVolume: Bool
        /// A full sentence without the claim's name.
        var remark: String?
    }

    let target: any RestoreTarget
    let served: ServedResources
    private static let attempts = 5

    /// - Parameters:
    ///   - volume: The volume that the claim was bound to.
    ///   - claim: As it will be called in the cluster.
    func prepare(_ volume: String, for claim: ObjectName) async throws -> Answer {
        guard let volumes = served.resource("persistentvolumes") else { return missing(volume) }
        for _ in 1...Self.attempts {
            let live: KubernetesObject
            do {
                live = try KubernetesObject(parsing: try await target.get(volumes, ObjectName(name: volume)))
            } catch let error as KubeAPIError where error.code == .notFound {
                return missing(volume)
            }
            guard let reference = live["spec", "claimRef"] else { return Answer(keepsVolume: true) }
            guard reference["name"]?.text == claim.name, reference["namespace"]?.text == claim.namespace else {
                let other = "\(reference["namespace"]?.text ?? "")/\(reference["name"]?.text ?? "")"
                return lost("its volume '\(volume)' belongs to claim '\(other)'")
            }
            guard let uid = reference["uid"]?.text, !uid.isEmpty else { return Answer(keepsVolume: true) }
            // The claim that this uid belongs to is there (then nothing will be created), or it is gone.
            if try await exists(claim, uid: uid) { return Answer(keepsVolume: true) }
            if live.deletionTimestamp != nil || live["spec", "persistentVolumeReclaimPolicy"]?.text == "Delete" {
                return lost("its volume '\(volume)' is being deleted, as its reclaim policy says")
            }
            if try await release(live, volumes) {
                return Answer(
                    keepsVolume: true,
                    remark:
                        "Its volume '\(volume)' was left behind by an earlier claim of this name, and was freed for it."
                )
            }
        }
        return lost("its volume '\(volume)' is changed all the time and could not be freed")
    }

    /// - Returns: Whether the volume was freed; otherwise it has changed meanwhile.
    private func release(_ volume: KubernetesObject, _ volumes: APIResource) async throws -> Bool {
        let patch: JSONValue = [
            "metadata": ["resourceVersion": .string(volume.resourceVersion ?? "")],
            "spec": ["claimRef": ["uid": nil, "resourceVersion": nil]],
        ]
        do {
            _ = try await target.mergePatch(
                volumes,
                ObjectName(name: volume.name ?? ""),
                body: patch.serialized(),
                options: WriteOptions(fieldManager: RestoreEngine.fieldManager)
            )
            return true
        } catch let error as KubeAPIError where error.code == .conflict {
            return false
        }
    }

    private func exists(_ claim: ObjectName, uid: String) async throws -> Bool {
        guard let claims = served.resource("persistentvolumeclaims") else { return false }
        do {
            return try KubernetesObject(parsing: try await target.get(claims, claim)).uid == uid
        } catch let error as KubeAPIError where error.code == .notFound {
            return false
        }
    }

    private func missing(_ volume: String) -> Answer {
        lost("its volume '\(volume)' is not in the cluster")
    }

    private func lost(_ why: String) -> Answer {
        Answer(
            keepsVolume: false,
            remark: "The claim was restored without its volume, and will get an empty one: \(why)."
        )
    }
}
