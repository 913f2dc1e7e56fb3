import Concurrency
import Crypto
import Foundation
import HTTPTransport
import HTTPTypes
package import ObjectStore

extension S3ObjectStore {
    /// As many retentions are extended at once.
    private static let width = 8

    package var retention: ObjectRetention? { client.configuration.retention }

    /// Sees to it that the bucket can keep objects from deletion.
    ///
    /// - Throws: ``ObjectStoreError`` with code ``ObjectStoreError/Code/misconfigured`` when it cannot.
    package func checkObjectLock() async throws {
        let subject = "asking for the object lock of the bucket"
        let result = try await client.send(S3Request(.get, nil, query: [("object-lock", nil)]), subject) { response in
            try await client.document(response, subject)["ObjectLockEnabled"] == "Enabled"
        }
        switch result {
        case .success(true): return
        case .success(false): throw noObjectLock
        case .failure(let response) where response.code == "ObjectLockConfigurationNotFoundError": throw noObjectLock
        case .failure(let response) where [501, 405].contains(response.status) || response.code == "NotImplemented":
            throw ObjectStoreError(
                .misconfigured,
                "\(client.server) does not know object lock. Leave 'object-lock' away, or use another server."
            )
        case .failure(let response): throw client.explain(response, subject)
        }
    }

    private var noObjectLock: ObjectStoreError {
        ObjectStoreError(
            .misconfigured,
            "The bucket '\(client.configuration.bucket)' has no object lock. Make a new bucket with it ('aws s3api "
                + "create-bucket --object-lock-enabled-for-bucket …'), or turn it on together with versioning where the "
                + "server can do that; or leave '--object-lock' away."
        )
    }

    package func retain(_ keys: [ObjectKey], until end: Double) async throws {
        guard let retention else {
            throw ObjectStoreError(.refused, "Location '\(location)' is not set to keep objects from deletion.")
        }
        let end = Timestamp(end)
        let body = Array(
            ("<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>\(retention.mode.fieldValue)</Mode>"
                + "<RetainUntilDate>\(end.iso8601)</RetainUntilDate></Retention>").utf8
        )
        let payload = await S3Payload.hashing(body, body.indices)
        try await keys.concurrentForEach(width: Self.width) { key in
            try await retain(key, until: end, payload, body)
        }
    }

    @concurrent
    private func retain(_ key: ObjectKey, until end: Timestamp, _ payload: S3Payload, _ body: [UInt8]) async throws {
        let subject = "keeping '\(key)' until \(end.readable)"
        var request = S3Request(.put, fullKey(key.rawValue), query: [("retention", nil)], payload: payload)
        request.fields[.contentType] = "application/xml"
        request.fields[.amzChecksumSHA256] = payload.checksum
        request.fields[.contentMD5] = Data(Insecure.MD5.hash(data: body)).base64EncodedString()
        switch try await client.send(request, subject, { _ in }) {
        case .success: return
        case .failure(let response) where response.code == "NoSuchKey":
            throw ObjectStoreError.notFound(key, in: location)
        case .failure(let response) where response.status == 403:
            // What is kept for longer already must not be kept for less.
            if let kept = try await retentionEnd(of: fullKey(key.rawValue)), kept >= end { return }
            throw client.explain(response, subject)
        case .failure(let response): throw client.explain(response, subject)
        }
    }

    /// Until when an object is kept; `nil` when it is not, or that cannot be found out.
    ///
    /// - Parameter key: The key in the bucket.
    func retentionEnd(of key: String) async throws -> Timestamp? {
        let subject = "asking until when '\(key)' is kept"
        let result = try await client.send(S3Request(.get, key, query: [("retention", nil)]), subject) { response in
            try await client.document(response, subject)["RetainUntilDate"].flatMap(Timestamp.init(iso8601:))
        }
        return if case .success(let end) = result { end } else { nil }
    }

    /// Why an object was not deleted, where that is because it is kept; `nil` when it is not.
    func locked(_ key: String, _ response: S3ErrorResponse) async throws -> ObjectStoreError? {
        guard retention != nil, response.status == 403 || response.code == "AccessDenied",
            let end = try await retentionEnd(of: key), end > Timestamp(client.now())
        else { return nil }
        return ObjectStoreError(
            .locked,
            "'\(key)' in '\(location)' is kept from deletion by the bucket's object lock until \(end.readable)."
        )
    }

    /// The fields that lock an object as it is made.
    var retentionFields: HTTPFields {
        guard let retention else { return [:] }
        var fields: HTTPFields = [:]
        fields[.amzLockMode] = retention.mode.fieldValue
        fields[.amzLockEnd] = Timestamp(retention.end(ofObjectWrittenAt: client.now())).iso8601
        return fields
    }
}

extension ObjectRetention.Mode {
    /// As S3 writes it.
    fileprivate var fieldValue: String { rawValue.uppercased() }
}
