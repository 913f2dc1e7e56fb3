import Crypto
import Foundation
import HTTPTransport
import HTTPTypes
package import ObjectStore

extension S3ObjectStore {
    /// A key that was not deleted, and why.
    private struct Failure: Sendable {
        let key: String
        let response: S3ErrorResponse
    }

    package func delete(_ keys: [ObjectKey]) async throws {
        // XML has no way to write control characters.
        let (single, many) = keys.reduce(into: ([String](), [String]())) { lists, key in
            let full = fullKey(key.rawValue)
            if keys.count == 1 || full.utf8.contains(where: { $0 < 32 || $0 == 127 }) {
                lists.0.append(full)
            } else {
                lists.1.append(full)
            }
        }
        for key in single { try await delete(key) }
        for start in stride(from: 0, to: many.count, by: 1000) {
            try await delete(many[start..<min(start + 1000, many.count)])
        }
    }

    private func delete(_ key: String) async throws {
        try Task.checkCancellation()
        let subject = "deleting '\(key)'"
        switch try await client.send(S3Request(.delete, key), subject, { _ in }) {
        case .success: return
        case .failure(let response) where response.code == "NoSuchKey": return
        case .failure(let response):
            throw try await locked(key, response) ?? client.explain(response, subject)
        }
    }

    private func delete(_ keys: ArraySlice<String>) async throws {
        var rest = Array(keys)
        try await client.retryPolicy.run(isIdempotent: true, context: client.retryContext) { _ in
            try Task.checkCancellation()
            let failures = try await deleteOnce(rest)
            guard let first = failures.first else { return .done(()) }
            rest = failures.map(\.key)
            if let locked = try await locked(first.key, first.response) { throw locked }
            let others = rest.count == 1 ? "" : " and \(rest.count - 1) more objects"
            let error = client.explain(first.response, "deleting '\(first.key)'\(others)")
            guard failures.allSatisfy({ $0.response.isTransient(client.retryPolicy) }) else { throw error }
            return .again(reason: first.response.code, otherwise: .failure(error))
        }
    }

    /// - Returns: What was not deleted.
    private func deleteOnce(_ keys: [String]) async throws -> [Failure] {
        let subject = "deleting \(keys.count) objects"
        let objects = keys.map { "<Object><Key>\(XMLElement.escape($0))</Key></Object>" }
        let body = Array(
            ("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>\(objects.joined())"
                + "</Delete>").utf8
        )
        let payload = await S3Payload.hashing(body, body.indices)
        var request = S3Request(.post, nil, query: [("delete", nil)], payload: payload)
        request.fields[.contentType] = "application/xml"
        request.fields[.amzChecksumSHA256] = payload.checksum
        // Servers that do not know the other checksum insist on this one.
        request.fields[.contentMD5] = Data(Insecure.MD5.hash(data: body)).base64EncodedString()
        return try await client.perform(request, subject) { response in
            let answer = try await client.document(response, subject)
            // In an answer of another kind, no error would mean nothing.
            guard answer.name == "DeleteResult" else { throw client.oddAnswer(subject) }
            return answer.all("Error").compactMap { error in
                guard let key = error["Key"], error["Code"] != "NoSuchKey" else { return nil }
                return Failure(key: key, response: S3ErrorResponse(of: error))
            }
        }
    }
}

extension S3ErrorResponse {
    /// The error of one key of many.
    init(of element: XMLElement) {
        status = 200
        code = element["Code"] ?? ""
        message = element["Message"] ?? ""
        region = nil
        serverTime = nil
        requestID = nil
        retryAfter = nil
        objectSize = nil
    }
}
