import KubeAPI
import KubernetesModel

/// Restores one object after the other: decides whether it is to be restored at all, brings it into shape, creates it,
/// and judges what the server answers.
///
/// What concerns one object alone is its outcome. An error is thrown when the server cannot be reached any more or does
/// not accept the credentials, and on cancellation.
struct ObjectRestorer: Sendable {
    let context: RestoreContext

    /// An object on its way to the cluster.
    struct Draft {
        let key: StoredObjectKey
        /// What it is called in the cluster.
        let name: ObjectName
        /// As the backup has it.
        let stored: KubernetesObject
        let resource: APIResource
        let isOtherVersion: Bool
        /// As it is sent.
        var object: KubernetesObject
        /// Resources whose objects it still has to be attached to.
        var pendingOwners: Set<GroupResource> = []
        /// Full sentences for the report.
        var remarks: [String] = []
    }

    /// - Parameter record: The object's JSON.
    func restore(_ key: StoredObjectKey, _ record: [UInt8]) async throws -> ObjectOutcome {
        let stored: KubernetesObject
        do {
            stored = try KubernetesObject(parsing: record)
        } catch {
            return .failed("the backup holds no Kubernetes object under its name: \(error)")
        }
        guard context.plan.selection.takesLabels(of: key, stored) else { return .notSelected }
        if let rule = RestoreRule.rule(for: stored, key: key, facts: context.plan.facts) { return .skipped(rule) }
        guard let backedUp = context.resources[key.groupResource] else {
            return .failed("the backup does not tell of which kind it is")
        }
        if let postponement = context.kinds.postponement(of: key.groupResource) { return .postponed(postponement) }
        let place = context.served.place(of: backedUp)
        guard let resource = place.resource else {
            return unserved(place, key)
        }
        guard resource.verbs.contains("create") else { return .skipped(.notCreatable) }
        let name = context.mapping(key)
        if context.gate.isClosed(name.namespace) { return .postponed(Self.terminating(name.namespace ?? "")) }
        var isOtherVersion = false
        if case .otherVersion = place { isOtherVersion = true }
        var draft = Draft(
            key: key,
            name: name,
            stored: stored,
            resource: resource,
            isOtherVersion: isOtherVersion,
            object: stored
        )
        do {
            try await shape(&draft)
            return try await create(&draft)
        } catch let error as KubeAPIError {
            // Of the requests around the create: reads of owners, volumes, and of what exists.
            return try Self.outcome(of: error)
        } catch let error as JSONError {
            return .failed("the cluster's answer cannot be read: \(error)")
        }
    }

    private func unserved(_ place: ServedResources.Place, _ key: StoredObjectKey) -> ObjectOutcome {
        guard case .unserved(let reason) = place else { return .failed("the cluster does not serve its kind") }
        // Behind an API service of this restore, its server may still be starting.
        let mayCome = context.plan.aggregatedGroups.contains(key.group)
        return mayCome ? .postponed(Postponement(cause: .refusal, reason: reason)) : .failed(reason)
    }

    static func terminating(_ namespace: String) -> Postponement {
        Postponement(cause: .deletion, reason: "namespace '\(namespace)' is still being deleted")
    }

    /// What the failure of a request beside the create means for the object.
    static func outcome(of error: KubeAPIError) throws -> ObjectOutcome {
        switch Refusal(error, hasGeneratedName: false) {
        case .fatal, .unreachable: throw error
        case .overload, .broken, .unknown: .postponed(Postponement(cause: .refusal, reason: error.reason))
        default: .failed(error.reason)
        }
    }

    // MARK: - Shape

    /// Turns the stored object into what is sent.
    private func shape(_ draft: inout Draft) async throws {
        var action = ActionContext()
        action.hasStatusSubresource = draft.resource.subresources.contains("status")
        action.mapping = context.mapping
        if draft.key.groupResource == "persistentvolumeclaims", let volume = draft.stored["spec", "volumeName"]?.text {
            let binder = VolumeBinder(target: context.target, served: context.served)
            let answer = try await binder.prepare(volume, for: draft.name)
            action.keepsVolume = answer.keepsVolume
            if let remark = answer.remark { action.remarks.append(remark) }
        }
        RestoreActions.apply(to: &draft.object, of: draft.key.groupResource, in: &action)
        draft.object.apiVersion = draft.resource.apiVersion
        draft.remarks = action.remarks
        try await setOwners(&draft)
    }

    private func setOwners(_ draft: inout Draft) async throws {
        var owners: [OwnerReference] = []
        for reference in draft.stored.ownerReferences {
            switch try await context.owners.resolve(reference, of: draft.key) {
            case .owner(let owner): owners.append(owner)
            case .pending(let resource): draft.pendingOwners.insert(resource)
            case .adopted: break
            case .missing(let absence): draft.remarks.append(absence.remark(on: reference))
            }
        }
        draft.object.ownerReferences = owners
    }

    // MARK: - Create

    private func create(_ draft: inout Draft) async throws -> ObjectOutcome {
        var backoff = RestoreBackoff(context.time)
        var options = WriteOptions(fieldManager: RestoreEngine.fieldManager)
        // In another version, a field that it does not know must not get lost.
        if draft.isOtherVersion { options.fieldValidation = .strict }
        while true {
            let error: KubeAPIError
            do {
                let answer = try await send(draft, options)
                return try await created(draft, answer)
            } catch let caught as KubeAPIError {
                error = caught
            }
            let reason = error.reason
            switch Refusal(error, hasGeneratedName: draft.object.generateName != nil) {
            case .exists, .mayExist:
                // It may go at any moment, or be there again.
                if let outcome = try await existing(draft) { return outcome }
                guard try await backoff.pause(attempts: 8) else {
                    return .postponed(Postponement(cause: .refusal, reason: reason))
                }
            case .unknown:
                if let outcome = try await afterLostAnswer(draft) { return outcome }
                guard try await backoff.pause(attempts: 8) else { return .failed(reason) }
            case .overload(let seconds):
                guard try await backoff.pause(attempts: 12, atLeast: .seconds(seconds ?? 0)) else {
                    return .postponed(Postponement(cause: .refusal, reason: reason))
                }
            case .unreachable:
                guard try await backoff.pause(within: context.limits.outageTimeout) else { throw error }
            case .broken:
                guard try await backoff.pause(attempts: 3) else {
                    return .postponed(Postponement(cause: .refusal, reason: reason))
                }
            case .namespaceTerminating:
                if let namespace = draft.name.namespace { context.gate.close(namespace) }
                return .postponed(Self.terminating(draft.name.namespace ?? ""))
            case .early: return .postponed(Postponement(cause: .refusal, reason: reason))
            case .addressTaken, .portTaken, .final:
                // Admission and allocation come before the server looks whether the name is taken: a full quota refuses
                // what is there, and a service's own port is "already allocated".
                if let outcome = try await existing(draft) { return outcome }
                if draft.key.groupResource.mayBeCustom, error.isOfKind {
                    let postponement = Postponement(cause: .refusal, reason: reason)
                    context.kinds.close(draft.key.groupResource, postponement)
                    return .postponed(postponement)
                }
                guard takeOtherAllocation(&draft, Refusal(error, hasGeneratedName: false)) else {
                    return .failed(reason)
                }
            case .fatal: throw error
            }
        }
    }

    private func send(_ draft: Draft, _ options: WriteOptions) async throws -> [UInt8] {
        let body = draft.object.serialized()
        let isOverload = { (error: any Error) in
            guard let error = error as? KubeAPIError else { return false }
            if case .overload = Refusal(error, hasGeneratedName: false) { return true }
            return false
        }
        return try await context.requests.run(isOverload: isOverload) {
            try await context.target.create(
                draft.resource,
                namespace: draft.name.namespace,
                body: body,
                options: options
            )
        }
    }

    /// - Parameter answer: The object as the server has it now.
    func created(_ draft: Draft, _ answer: [UInt8]) async throws -> ObjectOutcome {
        var remarks = draft.remarks
        if draft.isOtherVersion || context.owners.isOwner(draft.stored.uid) {
            let live = try KubernetesObject(parsing: answer)
            context.owners.note(live.uid, for: draft.stored.uid)
            if draft.isOtherVersion {
                let lost = JSONValue.object(draft.object.root).places(missingIn: .object(live.root))
                if !lost.isEmpty {
                    remarks.append(
                        "In version \(draft.resource.apiVersion) it has lost \(lost.joined(separator: ", "))."
                    )
                }
            }
        }
        if !draft.pendingOwners.isEmpty { context.pending.add(draft.key, waitingFor: draft.pendingOwners) }
        for remark in remarks { context.ledger.warn("\(subject(draft.key)): \(remark)") }
        return .created
    }

    /// The object's name in the report: as in the backup, and the namespace that it went to.
    func subject(_ key: StoredObjectKey) -> String {
        let name = context.mapping(key)
        let isMoved = name.namespace ?? "" != key.namespace || name.name != key.name
        return isMoved ? "\(key) (as \(name))" : key.description
    }

    /// Leaves an address or node ports that are taken to the server.
    ///
    /// - Returns: Whether that changed anything.
    private func takeOtherAllocation(_ draft: inout Draft, _ refusal: Refusal) -> Bool {
        let before = draft.object
        switch refusal {
        case .addressTaken:
            ServiceAction.dropAddresses(&draft.object)
            draft.remarks.append("The address that was chosen for it is taken in the cluster: it got another one.")
        case .portTaken:
            ServiceAction.dropNodePorts(&draft.object)
            draft.remarks.append("A node port that was chosen for it is taken in the cluster: it got others.")
        default: break
        }
        return draft.object != before
    }
}
