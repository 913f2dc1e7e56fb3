import KubeAPI
import KubernetesModel

/// Makes one list from its first page to its last, and sees to it that it is whole.
struct PagedList {
    let client: KubeClient
    let unit: ListUnit
    let revision: ListRevision

    /// A list has to be begun anew: what was delivered of it does not count.
    struct MustRestart: Error {}

    /// What a list is of.
    struct Outcome: Sendable {
        /// As the server tells it.
        var revisions: Set<String> = []
        /// Whether all of it is of the backup's revision.
        var isAtRevision: Bool
    }

    private static let attemptsPerPage = 5

    private var resource: GroupResource { unit.resource.groupResource }

    /// Lists every object.
    ///
    /// - Throws: ``MustRestart`` when the revision was compacted away and there is a new one to list at, or the resource
    ///   turns out not to share it.
    func forEachItem(_ body: (_ item: ScannedItem, _ bytes: [UInt8]) async throws -> Void) async throws -> Outcome {
        let wanted = revision.revision(for: resource)
        do {
            return try await forEachItem(at: wanted, body)
        } catch let error as KubeAPIError where error.code == .badRequest || error.code == .invalid {
            // Some aggregated servers know nothing of exact revisions: their list is of the moment.
            guard wanted != nil else { throw error }
            revision.setApart(resource)
            throw MustRestart()
        }
    }

    private func forEachItem(
        at wanted: String?,
        _ body: (_ item: ScannedItem, _ bytes: [UInt8]) async throws -> Void
    ) async throws -> Outcome {
        var options = ListOptions()
        options.limit = 500
        options.labelSelector = unit.labelSelector.isEmpty ? nil : unit.labelSelector
        options.resourceVersion = wanted
        options.match = wanted == nil ? nil : .exact
        let kind = unit.resource.kind
        let apiVersion = unit.resource.apiVersion
        var token: String?
        var outcome = Outcome(isAtRevision: wanted != nil && wanted == revision.first)
        repeat {
            let page = try await deliver(options: options, token: token, expected: wanted) { item in
                try await body(item, item.objectBytes(apiVersion: apiVersion, kind: kind))
            }
            if let version = page.resourceVersion, !version.isEmpty { outcome.revisions.insert(version) }
            outcome.isAtRevision = outcome.isAtRevision && page.resourceVersion == wanted
            token = page.continueToken
        } while token != nil
        return outcome
    }

    /// One page, tried again when it breaks off; objects that were delivered before are passed over.
    private func deliver(
        options: ListOptions,
        token: String?,
        expected: String?,
        _ body: (ScannedItem) async throws -> Void
    ) async throws -> ListPage {
        var delivered = 0
        var attempt = 1
        while true {
            var seen = 0
            do {
                return try await client.listPage(
                    unit.resource,
                    namespace: unit.namespace,
                    options: options,
                    continue: token
                ) { item in
                    seen += 1
                    guard seen > delivered else { return }
                    delivered = seen
                    try await body(item)
                }
            } catch let error as KubeAPIError where error.code == .expired {
                try await renewRevision(expected)
                throw MustRestart()
            } catch let error as KubeAPIError where error.isTransient && attempt < Self.attemptsPerPage {
                // The first page of a list at no revision may come back different, and then there is nothing to
                // resume.
                if delivered > 0, token == nil, expected == nil { throw MustRestart() }
                attempt += 1
                try await Task.sleep(for: .milliseconds(250 << attempt))
            } catch let error as KubeAPIError where error.isTransient && token == nil && expected != nil {
                // A revision of another etcd may be one that is yet to come.
                guard try await setApartIfForeign() else { throw error }
                throw MustRestart()
            }
        }
    }

    private func renewRevision(_ expired: String?) async throws {
        // Without a revision the page's token ran out: the list begins anew, of the moment.
        guard let expired, revision.current == expired else { return }
        let probe = RevisionProbe(client: client)
        let new: String?
        do {
            new = try await probe.currentRevision()
        } catch let error as KubeAPIError {
            return revision.giveUp(expired, because: "\(error)")
        }
        if let new, try await !probe.isShared(by: unit.resource, namespace: unit.namespace, since: new) {
            revision.setApart(resource)
        } else {
            revision.replace(expired, with: new)
        }
    }

    /// - Returns: Whether the resource does not share the cluster's revision, as far as anything can be told.
    private func setApartIfForeign() async throws -> Bool {
        let probe = RevisionProbe(client: client)
        do {
            guard let now = try await probe.currentRevision(),
                try await !probe.isShared(by: unit.resource, namespace: unit.namespace, since: now)
            else { return false }
        } catch is KubeAPIError {
            return false
        }
        revision.setApart(resource)
        return true
    }
}
