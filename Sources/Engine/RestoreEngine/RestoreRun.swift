import Concurrency
import KubeAPI
import KubernetesModel
import Logging
import Repository

/// One restore on its way: wave after wave of objects, read as a stream and created in parallel.
struct RestoreRun: Sendable {
    let context: RestoreContext
    let objects: StoredObjects
    let lost: LostObjects
    let restorer: ObjectRestorer
    let definitions = DefinitionNames()

    init(context: RestoreContext, objects: StoredObjects, lost: LostObjects) {
        self.context = context
        self.objects = objects
        self.lost = lost
        restorer = ObjectRestorer(context: context)
    }

    func run() async throws {
        bookNeverRestored()
        let waves = context.plan.order.waves
        let definitionWaves = waves.prefix { $0 == [Self.definitionResource] }
        for wave in definitionWaves { try await restore(wave) }
        holdBackKinds()
        // While the new kinds come into being, what needs none of them is restored.
        async let readiness = awaitDefinitions()
        var isReady = false
        for wave in waves.dropFirst(definitionWaves.count) {
            if !isReady, wave.contains(where: \.mayBeCustom) {
                for warning in try await readiness { context.ledger.warn(warning) }
                isReady = true
            }
            try await restore(wave)
            try await retryPostponed()
            try await attach(waitingFor: wave)
        }
        _ = try await readiness
        try await waitForPostponed()
        try await attachAll()
    }

    private var postponed: PostponedObjects { context.postponed }

    // MARK: - Waves

    /// Restores the objects of some resources, in any order.
    private func restore(_ wave: [GroupResource]) async throws {
        context.logger.debug("restoring a wave", metadata: ["resources": "\(wave.map(\.description))"])
        if wave.contains("namespaces") { try await restoreBareNamespaces(context.plan.bareNamespaces) }
        let selection = context.plan.selection
        try await restore(wave) { selection.includes($0) }
        context.owners.finish(wave)
    }

    private func restore(
        _ resources: [GroupResource],
        where isSelected: @escaping @Sendable (StoredObjectKey) -> Bool
    ) async throws {
        let channel = BoundedChannel<(StoredObjectKey, [UInt8])>(capacity: context.limits.parallelism)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await read(resources, where: isSelected, into: channel)
                    channel.finish()
                } catch {
                    channel.fail(error)
                    throw error
                }
            }
            for _ in 0..<context.limits.parallelism {
                group.addTask {
                    do {
                        while let (key, record) = try await channel.receive() { try await restoreOne(key, record) }
                    } catch {
                        channel.fail(error)
                        throw error
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @concurrent
    private func read(
        _ resources: [GroupResource],
        where isSelected: @escaping @Sendable (StoredObjectKey) -> Bool,
        into channel: BoundedChannel<(StoredObjectKey, [UInt8])>
    ) async throws {
        for resource in resources {
            let bookDamage = { (damage: StoredObjects.Damage, error: RepositoryError) in
                if let key = damage.key {
                    postponed.remove(key)
                    lost.book(damage, error, of: resource)
                } else if case .range(let range, _) = damage, context.plan.selection.mayInclude(resource, in: range) {
                    lost.book(damage, error, of: resource)
                }
            }
            try await objects.forEach(of: resource, where: isSelected, onDamage: bookDamage) { key, record in
                try await channel.send((key, Array(record)))
            }
        }
    }

    @concurrent
    private func restoreOne(_ key: StoredObjectKey, _ record: [UInt8]) async throws {
        let outcome = try await restorer.restore(key, record)
        settle(key, outcome)
    }

    private func settle(_ key: StoredObjectKey, _ outcome: ObjectOutcome) {
        switch outcome {
        case .postponed(let postponement):
            postponed.add(key, postponement, now: context.time.now())
            return
        case .created, .unchanged, .conflict, .updated:
            if key.groupResource == Self.definitionResource {
                definitions.insert(key.name, isCreated: outcome == .created)
            }
            if key.isNamespaceObject { context.gate.open(context.mapping(key).name) }
        case .skipped, .failed, .notSelected: break
        }
        postponed.remove(key)
        context.ledger.book(outcome, key.groupResource, subject: restorer.subject(key))
    }

    /// Nodes, events and the like: one note for all of a resource.
    private func bookNeverRestored() {
        for (resource, count) in context.plan.counts where count > 0 {
            guard let rule = RestoreRule.nonRestorableResources[resource.description] else { continue }
            context.ledger.book(.skipped(rule), resource, subject: "\(resource) (\(count) objects)", objects: count)
        }
    }

    private func restoreBareNamespaces(_ names: [String]) async throws {
        for name in names {
            let key = StoredObjectKey(group: "", resource: "namespaces", namespace: "", name: name)
            let object: JSONValue = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]]
            try await restoreOne(key, object.serialized())
        }
    }

    // MARK: - What had to wait

    /// Tries once more what was postponed, in the order of the waves.
    private func retryPostponed() async throws {
        guard !postponed.isEmpty else { return }
        try await reopenNamespaces()
        if postponed.resources.contains(where: { context.plan.aggregatedGroups.contains($0.group) }) {
            context.served.update(try await context.target.discover())
        }
        try await retryDefinitions()
        for wave in context.plan.order.waves {
            for resource in wave where postponed.resources.contains(resource) && !context.kinds.isClosed(resource) {
                let keys = postponed.keys(of: resource)
                try await restoreAgain(keys, of: resource)
            }
        }
    }

    func restoreAgain(_ keys: Set<StoredObjectKey>, of resource: GroupResource) async throws {
        if resource == "namespaces" {
            let names = Set(keys.map(\.name))
            try await restoreBareNamespaces(context.plan.bareNamespaces.filter(names.contains))
        }
        let gate = context.gate
        let mapping = context.mapping
        try await restore([resource]) { keys.contains($0) && !gate.isClosed(mapping($0).namespace) }
    }

    /// Opens the namespaces that are gone, or are there and not being deleted.
    ///
    /// Those of this restore are created again.
    private func reopenNamespaces() async throws {
        guard let namespaces = context.served.resource("namespaces") else { return }
        for name in context.gate.closedNamespaces {
            do {
                let live = try KubernetesObject(
                    parsing: try await context.target.get(namespaces, ObjectName(name: name))
                )
                if live.deletionTimestamp == nil { context.gate.open(name) }
            } catch let error as KubeAPIError where error.code == .notFound {
                context.gate.open(name)
            }
        }
    }

    /// Goes on until nothing is postponed, or has waited too long.
    private func waitForPostponed() async throws {
        let start = context.time.now()
        var pause = Duration.milliseconds(250)
        while true {
            try await retryPostponed()
            let now = context.time.now()
            let expired = postponed.takeExpired { entry in
                switch entry.postponement.cause {
                case .deletion: now - max(entry.since, start) >= context.limits.deletionTimeout
                case .refusal: now - max(entry.since, start) >= context.limits.refusalTimeout
                }
            }
            for (key, entry) in expired { settle(key, .failed(entry.postponement.reason)) }
            if postponed.isEmpty { return }
            try await context.time.sleep(pause)
            pause = min(pause * 2, .seconds(5))
        }
    }
}
