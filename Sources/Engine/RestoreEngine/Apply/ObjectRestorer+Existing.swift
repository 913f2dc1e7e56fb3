import KubeAPI
import KubernetesModel

extension ObjectRestorer {
    /// What becomes of an object whose name is taken.
    ///
    /// - Returns: `nil` when it has gone meanwhile.
    func existing(_ draft: Draft) async throws -> ObjectOutcome? {
        guard let live = try await read(draft) else { return nil }
        if live.deletionTimestamp != nil {
            if draft.key.isNamespaceObject {
                context.gate.close(draft.name.name)
                return .postponed(Self.terminating(draft.name.name))
            }
            return .postponed(Postponement(cause: .deletion, reason: "the object of that name is still being deleted"))
        }
        context.owners.note(live.uid, for: draft.stored.uid)
        if isOurs(live) { addOwnersLater(draft, live) }
        if let rule = RestoreRule.rule(forExisting: live, key: draft.key) { return .skipped(rule) }
        if draft.key.groupResource == "serviceaccounts" { return try await merge(draft, live) }
        return try await compare(draft, live)
    }

    /// Looks whether a create whose answer was lost was done.
    ///
    /// - Returns: `nil` when it was not.
    func afterLostAnswer(_ draft: Draft) async throws -> ObjectOutcome? {
        guard let live = try await read(draft) else { return nil }
        if live.deletionTimestamp == nil, isOurs(live), places(draft, live).isEmpty {
            addOwnersLater(draft, live)
            return try await created(draft, live.serialized())
        }
        return try await existing(draft)
    }

    private func read(_ draft: Draft) async throws -> KubernetesObject? {
        do {
            return try KubernetesObject(parsing: try await context.target.get(draft.resource, draft.name))
        } catch let error as KubeAPIError where error.code == .notFound {
            return nil
        }
    }

    // MARK: - Owners

    /// Whether a restore has created the object, or changed it.
    func isOurs(_ live: KubernetesObject) -> Bool { live.isManaged(by: RestoreEngine.fieldManager) }

    /// The references to owners that the object of the backup has and the one of the cluster lacks.
    func missingOwners(_ draft: Draft, _ live: KubernetesObject) -> [OwnerReference] {
        let present = live.ownerReferences
        return draft.stored.ownerReferences.filter { reference in
            !present.contains { $0.isOfSameOwner(as: reference) }
        }
    }

    /// Has an object attached to the owners that it lacks, after this wave and after those of the owners.
    ///
    /// A restore that was cut off leaves objects whose owners had not come.
    ///
    /// - Returns: Whether it lacks any.
    @discardableResult
    private func addOwnersLater(_ draft: Draft, _ live: KubernetesObject) -> Bool {
        guard !missingOwners(draft, live).isEmpty else { return false }
        context.pending.add(draft.key, waitingFor: draft.pendingOwners.union([draft.key.groupResource]))
        return true
    }

    /// Adds to a service account what it lacks, its owners included, whoever made it.
    private func merge(_ draft: Draft, _ live: KubernetesObject) async throws -> ObjectOutcome {
        var live = live
        for _ in 1...5 {
            // What differs stays; what is missing is added all the same: pods may need the secrets.
            let conflict = ServiceAccountMerge.conflict(between: draft.object, and: live)
            let hasOwners = !draft.pendingOwners.isEmpty || !draft.object.ownerReferences.isEmpty
            let gainsOwners = addOwnersLater(draft, live) && hasOwners
            guard let patch = ServiceAccountMerge.patch(from: draft.object, to: live) else {
                return conflict.map { .conflict($0) } ?? (gainsOwners ? .updated : .unchanged)
            }
            do {
                _ = try await context.target.mergePatch(
                    draft.resource,
                    draft.name,
                    body: patch.serialized(),
                    options: WriteOptions(fieldManager: RestoreEngine.fieldManager)
                )
                return conflict.map { .conflict($0) } ?? .updated
            } catch let error as KubeAPIError where error.code == .conflict {
                guard let changed = try await read(draft) else {
                    return .failed("it was deleted while it was restored")
                }
                live = changed
            }
        }
        return .postponed(Postponement(cause: .refusal, reason: "it is changed by others all the time"))
    }
}

extension KubernetesObject {
    /// Whether `manager` has written the object.
    func isManaged(by manager: String) -> Bool {
        (self["metadata", "managedFields"]?.array ?? []).contains { $0["manager"]?.text == manager }
    }
}

extension OwnerReference {
    /// Whether both name the same owner, whatever its uid.
    fileprivate func isOfSameOwner(as other: OwnerReference) -> Bool {
        apiVersion == other.apiVersion && kind == other.kind && name == other.name
    }
}

extension JSONValue {
    /// Places at which this document has something and another nothing.
    ///
    /// Empty values count as nothing.
    func places(missingIn other: JSONValue, at place: String = "") -> [String] {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            left.flatMap { member -> [String] in
                let below = place.isEmpty ? member.key.displayText : "\(place).\(member.key.displayText)"
                guard let value = right[member.key] else { return member.value.isNothing ? [] : [below] }
                return member.value.places(missingIn: value, at: below)
            }
        case (.array(let left), .array(let right)):
            zip(left, right).enumerated().flatMap { index, pair in
                pair.0.places(missingIn: pair.1, at: "\(place)[\(index)]")
            }
        default: []
        }
    }

    private var isNothing: Bool {
        switch self {
        case .null, .bool(false): true
        case .number(let number): number.double == 0
        case .string(let string): string == ""
        case .array(let array): array.isEmpty
        case .object(let object): object.allSatisfy(\.value.isNothing)
        case .bool(true): false
        }
    }
}
