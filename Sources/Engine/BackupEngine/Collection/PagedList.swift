import KubeAPI
import KubernetesModel

/// Makes one list from its first page to its last, and sees to it that it is whole.
struct PagedList {
    let client: KubeClient
    let unit: ListUnit
    let revision: ListRevision

    /// A list has to be begun anew: what was delivered of it does not count.
    struct MustRestart: Error {}

    private static let attemptsPerPage = 5

    /// Lists every object.
    ///
    /// - Returns: Whether all of them are of the common revision.
    /// - Throws: ``MustRestart`` when the revision was compacted away and there is a new one to list at.
    func forEachItem(_ body: (_ item: ScannedItem, _ bytes: [UInt8]) async throws -> Void) async throws -> Bool {
        do {
            return try await forEachItem(at: revision.current, body)
        } catch let error as KubeAPIError where error.code == .badRequest || error.code == .invalid {
            // Some aggregated servers know nothing of exact revisions: their list is of the moment.
            guard revision.current != nil else { throw error }
            return try await forEachItem(at: nil, body)
        }
    }

    private func forEachItem(
        at wanted: String?,
        _ body: (_ item: ScannedItem, _ bytes: [UInt8]) async throws -> Void
    ) async throws -> Bool {
        var options = ListOptions()
        options.limit = 500
        options.labelSelector = unit.labelSelector.isEmpty ? nil : unit.labelSelector
        options.resourceVersion = wanted
        options.match = wanted == nil ? nil : .exact
        let kind = unit.resource.kind
        let apiVersion = unit.resource.apiVersion
        var token: String?
        var isAtRevision = wanted != nil
        repeat {
            let page = try await deliver(options: options, token: token, expected: wanted) { item in
                try await body(item, item.objectBytes(apiVersion: apiVersion, kind: kind))
            }
            isAtRevision = isAtRevision && page.resourceVersion == wanted
            token = page.continueToken
        } while token != nil
        return isAtRevision
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
                try await replaceRevision(expected)
                throw MustRestart()
            } catch let error as KubeAPIError where error.isTransient && attempt < Self.attemptsPerPage {
                // The first page of a list at no revision may come back different, and then there is nothing to
                // resume.
                if delivered > 0, token == nil, expected == nil { throw MustRestart() }
                attempt += 1
                try await Task.sleep(for: .milliseconds(250 << attempt))
            }
        }
    }

    private func replaceRevision(_ expired: String?) async throws {
        // Without a revision the page's token ran out: the list begins anew, of the moment.
        guard let expired else { return }
        revision.replace(expired, with: try await client.currentRevision())
    }
}
