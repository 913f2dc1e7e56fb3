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
    let scope: NamespaceScope
    let onObjects: @Sendable (Int) -> Void
    let onList: @Sendable () -> Void

    /// How many lists are read at once: enough for two cores, few enough to be a good guest of the API server.
    private static let width = 4

    /// How often one list is begun before it counts as failed.
    private static let attempts = 5

    /// An API server that does not sort its lists is sorted in so much memory.
    private static let sortingBufferLimit = 64 << 20

    /// Makes lists, several at once.
    ///
    /// - Parameter asksForNeeds: Whether to find out what the objects need.
    /// - Returns: What they need.
    /// - Throws: What the repository or its store throws. What the API server refuses goes into the ledger.
    func collect(_ units: [ListUnit], asksForNeeds: Bool) async throws -> ClusterNeeds {
        let found = try await units.concurrentMap(width: Self.width) { unit in
            try await collect(unit, needs: asksForNeeds ? ClusterNeeds() : nil)?.needs
        }
        var union = ClusterNeeds()
        for needs in found.compactMap({ $0 }) { union.formUnion(needs) }
        return union
    }

    /// Makes one list.
    ///
    /// - Parameter needs: What is needed so far; `nil` where nobody asks.
    /// - Returns: What became of it; `nil` when it failed, which the ledger knows.
    func collect(_ unit: ListUnit, needs: ClusterNeeds?) async throws -> ListPass? {
        let pass = try await repeating(unit) { sorts in
            var pass = ListPass(unit, scope: scope, needs: needs)
            try await fill(&pass, sorts: sorts)
            return pass
        }
        onList()
        guard let pass else { return nil }
        ledger.stored(pass.count, of: unit.resource.groupResource)
        ledger.excluded(pass.exclusions, of: unit.resource.groupResource)
        for failure in pass.allFailures { ledger.failed(failure) }
        return pass
    }

    /// Notes which further cluster roles the needed ones are put together from: all roles have to be known for that.
    ///
    /// - Returns: Whether that can be told; if not, the ledger knows.
    func findAggregatedRoles(_ unit: ListUnit, needs: inout ClusterNeeds) async throws -> Bool {
        let found = try await repeating(unit) { _ in
            var roles = ClusterRoleAggregation()
            var labelled: Set<String> = []
            var failures: [BackupDetails.Failure] = []
            _ = try await PagedList(client: client, unit: unit, revision: revision).forEachItem { item, bytes in
                do {
                    roles.add(try KubernetesObject(parsing: bytes))
                } catch {
                    let reason = "Which roles it is put together from is not known, for it cannot be read: \(error)."
                    failures.append(.init(subject: "\(unit.resource.groupResource)/\(item.name)", reason: reason))
                }
                if case .labelledOrNeeded(let selector) = unit.taking, selector.matches(item.labels) {
                    labelled.insert(item.name)
                }
            }
            return (roles: roles, labelled: labelled, failures: failures)
        }
        guard let found else { return false }
        for failure in found.failures { ledger.failed(failure) }
        needs.collectAggregated(found.roles, taken: found.labelled)
        return true
    }

    /// Makes one list, from anew where it has to.
    ///
    /// - Parameter body: Makes it once; gets whether it has to be sorted.
    /// - Returns: `nil` when it failed, which the ledger knows.
    private func repeating<Result>(
        _ unit: ListUnit,
        _ body: (_ sorts: Bool) async throws -> Result
    ) async throws -> Result? {
        var sorts = false
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try await body(sorts)
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

    private func fill(_ pass: inout ListPass, sorts: Bool) async throws {
        let unit = pass.unit
        let list = PagedList(client: client, unit: unit, revision: revision)
        var filled = pass
        try await manifest.section(prefix: unit.prefix) { section in
            var buffer: [(key: ManifestKey, bytes: [UInt8])] = []
            var bufferedBytes = 0
            let outcome = try await list.forEachItem { item, bytes in
                guard let key = filled.key(of: item, bytes)?.bytes else { return }
                if sorts {
                    bufferedBytes += bytes.count
                    guard bufferedBytes <= Self.sortingBufferLimit else { throw UnsortableListError() }
                    buffer.append((key, bytes))
                } else {
                    try await put(bytes, at: key, into: &section, &filled.count)
                }
            }
            for (index, object) in buffer.sorted(by: { $0.key.isBefore($1.key) }).enumerated() {
                // An object that a server lists twice counts once.
                if index > 0, section.lastKey == object.key { continue }
                try await put(object.bytes, at: object.key, into: &section, &filled.count)
            }
            filled.count.revisions = outcome.revisions.sorted()
            filled.count.isAtRevision = outcome.isAtRevision
            filled.count.isKeptApart = revision.isApart(unit.resource.groupResource)
        }
        pass = filled
    }

    private func put(
        _ bytes: [UInt8],
        at key: ManifestKey,
        into section: inout ManifestSection,
        _ count: inout BackupDetails.ResourceCount
    ) async throws {
        count.objects += 1
        count.bytes += bytes.count
        if case .stored = try await section.put(bytes[...], at: key) { count.changed += 1 }
        onObjects(1)
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
