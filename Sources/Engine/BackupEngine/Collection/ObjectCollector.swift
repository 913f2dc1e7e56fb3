import Concurrency
import KubeAPI
import KubernetesModel
import Repository

/// Reads the selected objects from the API, and writes them into a manifest.
struct ObjectCollector: Sendable {
    let client: KubeClient
    let manifest: ManifestWriter
    let ledger: BackupLedger
    let revision: ListRevision
    /// The namespaces that are taken; `nil` takes all.
    let namespaces: Set<String>?
    let onObjects: @Sendable (Int) -> Void
    let onList: @Sendable () -> Void

    /// How many lists are read at once: enough for two cores, few enough to be a good guest of the API server.
    private static let width = 4

    /// How often one list is begun before it counts as failed.
    private static let attempts = 5

    /// An API server that does not sort its lists is sorted in so much memory.
    private static let sortingBufferLimit = 64 << 20

    /// Which objects of a list are taken, and what they refer to.
    private struct Pass {
        let unit: ListUnit
        /// Set where only what is needed is taken, or where references are to be found.
        var related: RelatedObjects?
        let takesOnlyRelated: Bool
        var count: BackupDetails.ResourceCount
        var excluded: [String: Int] = [:]
    }

    /// Lists namespaced resources, and cluster-scoped ones that are taken whole.
    ///
    /// - Parameter related: Gathers what the objects need; `nil` when nobody asks.
    /// - Returns: `related`, with what was found.
    /// - Throws: What the repository or its store throws. What the API server refuses goes into the ledger.
    func collect(_ units: [ListUnit], related: RelatedObjects?) async throws -> RelatedObjects? {
        let found = try await units.concurrentMap(width: Self.width) { unit in
            let isReferring = RelatedObjects.mayRefer(unit.resource.groupResource)
            let pass = try await run(unit, related: related, takesOnlyRelated: false, parses: isReferring)
            onList()
            return pass
        }
        guard var union = related else { return nil }
        for pass in found.compactMap({ $0 }) {
            if let related = pass.related { union.formUnion(related) }
            if pass.count.objects > 0 { union.addKind(of: pass.unit.resource.groupResource) }
        }
        return union
    }

    /// Lists a cluster-scoped resource, and takes the objects that are needed.
    func collectRelated(_ resource: APIResource, related: RelatedObjects) async throws -> RelatedObjects {
        let unit = ListUnit(resource: resource, namespace: nil, labelSelector: "")
        var related = related
        if resource.groupResource == "clusterroles.rbac.authorization.k8s.io" {
            related = try await closure(of: related, over: unit)
        }
        let pass = try await run(unit, related: related, takesOnlyRelated: true, parses: true)
        onList()
        return pass?.related ?? related
    }

    /// Roles may be put together from roles: reads them until no new one is found.
    private func closure(of related: RelatedObjects, over unit: ListUnit) async throws -> RelatedObjects {
        var related = related
        var before = -1
        while before != related.selectionCount(of: unit.resource.groupResource) {
            before = related.selectionCount(of: unit.resource.groupResource)
            do {
                _ = try await PagedList(client: client, unit: unit, revision: revision).forEachItem { _, bytes in
                    _ = related.take(try KubernetesObject(parsing: bytes), of: unit.resource.groupResource)
                }
            } catch is KubeAPIError, is PagedList.MustRestart {
                return related  // The same list is made once more, and what fails then goes into the ledger.
            }
        }
        return related
    }

    /// Makes one list, from anew where it has to.
    ///
    /// - Returns: `nil` when it failed, which the ledger knows.
    private func run(
        _ unit: ListUnit,
        related: RelatedObjects?,
        takesOnlyRelated: Bool,
        parses: Bool
    ) async throws -> Pass? {
        var sorts = false
        var attempt = 0
        while true {
            attempt += 1
            var pass = Pass(
                unit: unit,
                related: related,
                takesOnlyRelated: takesOnlyRelated,
                count: emptyCount(of: unit.resource)
            )
            do {
                try await fill(&pass, sorts: sorts, parses: parses)
                if pass.count.objects > 0 || !takesOnlyRelated {
                    ledger.stored(pass.count, of: unit.resource.groupResource)
                }
                ledger.excluded(pass.excluded, of: unit.resource.groupResource)
                return pass
            } catch is ManifestOrderError where !sorts {
                sorts = true
            } catch is PagedList.MustRestart where attempt < Self.attempts {
                continue
            } catch is PagedList.MustRestart {
                ledger.failed(unit.subject, UnsteadyListError(attempts: attempt))
                return nil
            } catch let error as KubeAPIError {
                ledger.failed(unit.subject, error)
                return nil
            } catch let error as JSONError {
                ledger.failed(unit.subject, error)
                return nil
            } catch let error as UnsortableListError {
                ledger.failed(unit.subject, error)
                return nil
            }
        }
    }

    private func emptyCount(of resource: APIResource) -> BackupDetails.ResourceCount {
        BackupDetails.ResourceCount(
            group: resource.gvr.group,
            version: resource.gvr.version,
            resource: resource.gvr.resource,
            kind: resource.kind,
            isNamespaced: resource.isNamespaced,
            objects: 0,
            bytes: 0,
            changed: 0,
            isAtRevision: true,
            terminating: 0
        )
    }

    private func fill(_ pass: inout Pass, sorts: Bool, parses: Bool) async throws {
        let list = PagedList(client: client, unit: pass.unit, revision: revision)
        var filled = pass
        try await manifest.section(prefix: pass.unit.prefix) { section in
            var buffer: [(key: ManifestKey, bytes: [UInt8])] = []
            var bufferedBytes = 0
            filled.count.isAtRevision = try await list.forEachItem { item, bytes in
                guard try takes(item, bytes, &filled, parses: parses) else { return }
                let key = key(of: item, filled.unit.resource)
                if sorts {
                    bufferedBytes += bytes.count
                    guard bufferedBytes <= Self.sortingBufferLimit else { throw UnsortableListError() }
                    buffer.append((key, bytes))
                } else {
                    try await put(bytes, at: key, into: &section, &filled)
                }
            }
            for (index, object) in buffer.sorted(by: { $0.key.isBefore($1.key) }).enumerated() {
                // An object that a server lists twice counts once.
                if index > 0, section.lastKey == object.key { continue }
                try await put(object.bytes, at: object.key, into: &section, &filled)
            }
        }
        pass = filled
    }

    private func put(
        _ bytes: [UInt8],
        at key: ManifestKey,
        into section: inout ManifestSection,
        _ pass: inout Pass
    ) async throws {
        pass.count.objects += 1
        pass.count.bytes += bytes.count
        if case .stored = try await section.put(bytes[...], at: key) { pass.count.changed += 1 }
        onObjects(1)
    }

    private func key(of item: ScannedItem, _ resource: APIResource) -> ManifestKey {
        StoredObjectKey(
            group: resource.gvr.group,
            resource: resource.gvr.resource,
            namespace: item.namespace ?? "",
            name: item.name
        ).bytes
    }

    private func takes(_ item: ScannedItem, _ bytes: [UInt8], _ pass: inout Pass, parses: Bool) throws -> Bool {
        if let namespaces, pass.unit.resource.isNamespaced, !namespaces.contains(item.namespace ?? "") {
            pass.excluded["in a namespace that is not selected", default: 0] += 1
            return false
        }
        if item.hasLabels, let label = ExcludeLabel.found(in: item.labels) {
            pass.excluded["label \(label)=true", default: 0] += 1
            return false
        }
        if parses, var related = pass.related {
            defer { pass.related = related }
            let object = try KubernetesObject(parsing: bytes)
            if pass.takesOnlyRelated {
                guard related.take(object, of: pass.unit.resource.groupResource) else {
                    pass.excluded["not needed by the selected namespaces", default: 0] += 1
                    return false
                }
            } else {
                related.addReferences(of: object, resource: pass.unit.resource.groupResource)
            }
        }
        if item.hasDeletionTimestamp { pass.count.terminating += 1 }
        return true
    }
}

/// A list kept changing under the reader.
struct UnsteadyListError: Error, CustomStringConvertible {
    let attempts: Int

    var description: String {
        "The list could not be read to its end in \(attempts) tries: the server gave up its revision each time. Run the "
            + "backup again when the cluster is less busy."
    }
}

/// An unsorted list is too large to be sorted.
struct UnsortableListError: Error, CustomStringConvertible {
    var description: String {
        "The API server does not sort this list, and it is over 64 MiB, too large to be sorted here."
    }
}
