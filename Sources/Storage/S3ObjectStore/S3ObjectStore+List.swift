import HTTPTypes
package import ObjectStore

extension S3ObjectStore {
    /// A page of a list, and how to get the next one.
    private struct Page: Sendable {
        let objects: [ObjectStat]
        let continuation: String?
    }

    package func list(prefix: String, _ body: ([ObjectStat]) async throws -> Void) async throws {
        try await list(prefix: prefix, after: "", body)
    }

    package func list(
        prefix: String,
        after start: String,
        _ body: ([ObjectStat]) async throws -> Void
    ) async throws {
        // Servers with folders take `a//` for `a/`.
        guard ObjectKey.canStart(with: prefix) else { return }
        var order = ListOrder(prefix: prefix, isSorted: try S3Endpoint(client.configuration, region: "any").isAWS)
        var continuation: String?
        repeat {
            try Task.checkCancellation()
            let page = try await page(prefix, startingAfter: start, continuing: continuation)
            guard page.continuation == nil || page.continuation != continuation else {
                throw client.oddAnswer("listing '\(prefix)'")
            }
            continuation = page.continuation
            // Not every server knows where to start.
            let objects = page.objects.filter { $0.key.comes(after: start) }
            for ready in try order.add(objects, isLast: continuation == nil, in: location) where !ready.isEmpty {
                try await body(ready)
            }
        } while continuation != nil
    }

    private func page(
        _ prefix: String,
        startingAfter start: String,
        continuing continuation: String?
    ) async throws -> Page {
        let subject = "listing '\(prefix)'"
        var query: [(String, String?)] = [
            ("list-type", "2"), ("prefix", fullKey(prefix)), ("max-keys", "1000"), ("encoding-type", "url"),
        ]
        if !start.isEmpty { query.append(("start-after", fullKey(start))) }
        if let continuation { query.append(("continuation-token", continuation)) }
        return try await client.perform(S3Request(.get, nil, query: query), subject) { response in
            let answer = try await client.document(response, subject)
            guard answer.name == "ListBucketResult" else { throw client.oddAnswer(subject) }
            let isEncoded = answer["EncodingType"] == "url"
            let objects = try answer.all("Contents").compactMap { try stat($0, isEncoded: isEncoded, subject) }
            let next = answer["IsTruncated"] == "true" ? answer["NextContinuationToken"] : nil
            guard answer["IsTruncated"] != "true" || next?.isEmpty == false else { throw client.oddAnswer(subject) }
            return Page(objects: objects, continuation: next)
        }
    }

    /// - Returns: `nil` for an object that is not one of ours: its key cannot be one.
    private func stat(_ element: XMLElement, isEncoded: Bool, _ subject: String) throws -> ObjectStat? {
        guard let rawKey = element["Key"], let key = isEncoded ? PercentEncoding.decode(rawKey) : rawKey,
            let size = element["Size"].flatMap({ Int($0) }), size >= 0, let eTag = element["ETag"],
            let time = element["LastModified"].flatMap(Timestamp.init(iso8601:)),
            key.utf8.starts(with: client.configuration.prefix.utf8)
        else { throw client.oddAnswer(subject) }
        let ownKey = String(Substring(key.utf8.dropFirst(client.configuration.prefix.utf8.count)))
        return ObjectKey(validating: ownKey).map {
            ObjectStat(
                key: $0,
                sizeInBytes: size,
                modifiedAt: Double(time.seconds),
                version: VersionTag(eTag: eTag)
            )
        }
    }
}
