import HTTPTransport
import HTTPTypes
package import KubernetesModel

extension KubeClient {
    /// Reads one page of a list and hands its items on as they come in; the server is kept waiting meanwhile.
    ///
    /// A page that fails before its first item is asked for again, as far as ``retryPolicy`` goes. One that breaks off
    /// later throws ``KubeAPIError/Code/interrupted``: ask for the same page again, and skip
    /// ``KubeAPIError/deliveredItems``, or forget them.
    ///
    /// - Parameters:
    ///   - namespace: `nil` lists all namespaces, or a cluster-scoped resource.
    ///   - token: ``ListPage/continueToken`` of the page before; `nil` for the first page.
    ///   - onItem: Gets the items in the server's order. What it throws comes out as it is.
    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/expired`` when the revision or the token is too old.
    package func listPage(
        _ resource: APIResource,
        namespace: String? = nil,
        options: ListOptions = ListOptions(),
        continue token: String? = nil,
        onItem: (ScannedItem) async throws -> Void
    ) async throws -> ListPage {
        let place = namespace.map { " in namespace '\($0)'" } ?? ""
        var call = APICall(
            .get,
            try RequestPath.path(resource, namespace: namespace),
            action: "list \(resource.groupResource)\(place)"
        )
        call.query = options.query(continue: token)
        var delivered = 0
        do {
            return try await perform(call, canRetry: { delivered == 0 }) { response in
                try checkIsJSON(response)
                return try await scan(response.body, call) { item in
                    delivered += 1
                    try await onItem(item)
                }
            }
        } catch let error as KubeAPIError where delivered > 0 && error.isTransient {
            throw KubeAPIError(
                .interrupted,
                "The list broke off after \(delivered) items of a page. \(error.message)",
                status: error.status,
                deliveredItems: delivered
            )
        }
    }

    /// Reads a whole list, page by page.
    ///
    /// - Parameters:
    ///   - onPage: Gets each page when its items have been delivered.
    ///   - onItem: Gets the items in the server's order.
    /// - Returns: The last page; its ``ListPage/itemCount`` and ``ListPage/bytesRead`` are those of the whole list.
    /// - Throws: As ``listPage(_:namespace:options:continue:onItem:)``.
    @discardableResult
    package func list(
        _ resource: APIResource,
        namespace: String? = nil,
        options: ListOptions = ListOptions(),
        onPage: (ListPage) async throws -> Void = { _ in },
        onItem: (ScannedItem) async throws -> Void
    ) async throws -> ListPage {
        var token: String?
        var itemCount = 0
        var bytesRead = 0
        while true {
            var page = try await listPage(
                resource,
                namespace: namespace,
                options: options,
                continue: token,
                onItem: onItem
            )
            try await onPage(page)
            itemCount += page.itemCount
            bytesRead += page.bytesRead
            guard let next = page.continueToken else {
                page.itemCount = itemCount
                page.bytesRead = bytesRead
                return page
            }
            token = next
        }
    }

    private func scan(
        _ body: HTTPResponseBody,
        _ call: APICall,
        _ onItem: (ScannedItem) async throws -> Void
    ) async throws -> ListPage {
        var scanner = ListScanner()
        do {
            for try await chunk in body {
                scanner.append(chunk)
                while let item = try scanner.nextItem() {
                    do { try await onItem(item) } catch { throw PassedError(error: error) }
                }
            }
            let summary = try scanner.finish()
            return ListPage(
                resourceVersion: summary.resourceVersion,
                continueToken: summary.continueToken,
                remainingItemCount: summary.remainingItemCount,
                apiVersion: summary.apiVersion,
                kind: summary.kind,
                itemCount: summary.itemCount,
                bytesRead: scanner.byteCount
            )
        } catch let error as JSONError {
            // A body that is cut short may come whole the next time.
            throw KubeAPIError(
                error.code == .truncated ? .unavailable : .malformedAnswer,
                "The API server '\(connection.server)' was asked to \(call.action), and its answer cannot be read. \(error)."
            )
        }
    }
}

extension ListOptions {
    /// A continue token already stands for a revision; the server refuses both.
    fileprivate func query(continue token: String?) -> [(String, String)] {
        var query: [(String, String)] = []
        if limit > 0 { query.append(("limit", String(limit))) }
        if let labelSelector, !labelSelector.isEmpty { query.append(("labelSelector", labelSelector)) }
        if let fieldSelector, !fieldSelector.isEmpty { query.append(("fieldSelector", fieldSelector)) }
        if let token {
            query.append(("continue", token))
        } else if let resourceVersion {
            query.append(("resourceVersion", resourceVersion))
            if let match { query.append(("resourceVersionMatch", match.rawValue)) }
        }
        return query
    }
}
