import Concurrency
import Crypto
import HTTPTransport
import HTTPTypes
import ObjectStore

extension S3ObjectStore {
    /// A part that the server has.
    private struct UploadedPart: Sendable {
        let number: Int
        let eTag: String
        let checksum: String
    }

    /// Uploads `body` in parts, a few at a time; what does not come to an end is taken back.
    func putInParts(
        _ body: [UInt8],
        at key: ObjectKey,
        mark: WriteMark,
        if condition: PutCondition
    ) async throws -> VersionTag {
        let subject = "writing '\(key)' in parts"
        let size = Self.partSize(forBodyOf: body.count, client.configuration)
        let upload = try await begin(key, mark, partSize: size, subject)
        do {
            let numbers = 1...max(1, (body.count + size - 1) / size)
            let parts = try await numbers.concurrentMap(width: client.configuration.concurrentParts) { number in
                let range = (number - 1) * size..<min(number * size, body.count)
                return try await put(number, S3Payload.hashing(body, range), of: upload, key, subject)
            }
            return try await complete(parts, of: upload, key, mark, condition, subject)
        } catch {
            await abort(upload, key)
            throw error
        }
    }

    /// S3 takes up to 10,000 parts.
    static func partSize(forBodyOf size: Int, _ configuration: S3Configuration) -> Int {
        max(configuration.partSizeInBytes, (size + 9999) / 10000)
    }

    /// - Returns: The upload's name.
    private func begin(_ key: ObjectKey, _ mark: WriteMark, partSize: Int, _ subject: String) async throws -> String {
        var request = S3Request(.post, fullKey(key.rawValue), query: [("uploads", nil)], fields: creationFields(mark))
        request.fields[.contentType] = "application/octet-stream"
        request.fields[.amzChecksumAlgorithm] = "SHA256"
        request.fields[.kbackupPartSize] = String(partSize)
        return try await client.perform(request, subject) { response in
            let answer = try await client.document(response, subject)
            guard let upload = answer["UploadId"], !upload.isEmpty else { throw client.oddAnswer(subject) }
            return upload
        }
    }

    private func put(
        _ number: Int,
        _ payload: S3Payload,
        of upload: String,
        _ key: ObjectKey,
        _ subject: String
    ) async throws -> UploadedPart {
        var request = S3Request(
            .put,
            fullKey(key.rawValue),
            query: [("partNumber", String(number)), ("uploadId", upload)],
            fields: client.encryption.use,
            payload: payload
        )
        request.fields[.amzChecksumSHA256] = payload.checksum
        return try await client.perform(request, subject) { response in
            _ = try await response.body.collect(limit: 64 << 10)
            guard let eTag = response.fields[.eTag] else { throw client.oddAnswer(subject) }
            return UploadedPart(number: number, eTag: eTag, checksum: payload.checksum)
        }
    }

    private func complete(
        _ parts: [UploadedPart],
        of upload: String,
        _ key: ObjectKey,
        _ mark: WriteMark,
        _ condition: PutCondition,
        _ subject: String
    ) async throws -> VersionTag {
        let list = parts.map { part in
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(XMLElement.escape(part.eTag))</ETag>"
                + "<ChecksumSHA256>\(part.checksum)</ChecksumSHA256></Part>"
        }
        let body = Array(
            ("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list.joined())"
                + "</CompleteMultipartUpload>").utf8
        )
        var request = S3Request(
            .post,
            fullKey(key.rawValue),
            query: [("uploadId", upload)],
            fields: client.encryption.use,
            payload: await S3Payload.hashing(body, body.indices)
        )
        request.fields[.contentType] = "application/xml"
        request.fields.add(condition)
        let result = try await client.send(request, subject) { response in
            // Sent with status 200 before the server knows how it ends.
            let answer = try await client.document(response, subject)
            return answer["ETag"].map(VersionTag.init(eTag:))
        }
        switch result {
        case .success(let version):
            guard let version else { return try await ownVersion(mark, key, condition) }
            return version
        case .failure(let response) where response.code == "NoSuchUpload":
            // An earlier try may have come through without our hearing of it.
            do {
                return try await ownVersion(mark, key, condition)
            } catch let error as ObjectStoreError where error.code == .conflict {
                throw client.explain(response, subject)
            }
        case .failure(let response) where condition != .always && response.isUnmetCondition:
            return try await ownVersion(mark, key, condition)
        case .failure(let response):
            throw explain(response, condition, subject)
        }
    }

    /// Takes an upload back, even when the task was cancelled.
    ///
    /// Its parts would be paid for, seen by nobody.
    private func abort(_ upload: String, _ key: ObjectKey) async {
        var client = client
        client.retryPolicy.totalBudget = .seconds(15)
        let request = S3Request(.delete, fullKey(key.rawValue), query: [("uploadId", upload)])
        await Task { [client] in
            // The error that led here is the one to tell.
            _ = try? await client.send(request, "taking back the upload of '\(key)'") { _ in }
        }.value
    }
}

extension S3Client {
    /// Reads the document that an answer consists of.
    ///
    /// - Throws: ``S3ErrorResponse`` when it is an error after all; ``DamagedDownload`` when it cannot be read.
    func document(_ response: HTTPClientResponse, _ subject: String) async throws -> XMLElement {
        let body = try await response.body.collect(limit: 16 << 20)
        let document: XMLElement
        do {
            document = try XMLElement(parsing: body)
        } catch {
            throw DamagedDownload(
                explanation: ObjectStoreError(
                    .unavailable,
                    "\(server) sent an answer that cannot be read when \(subject) in '\(location)': \(error). "
                        + "Check that the endpoint is an S3 server's."
                )
            )
        }
        guard document.name != "Error" else {
            throw S3ErrorResponse(status: response.status, fields: response.fields, body: body)
        }
        return document
    }

    func oddAnswer(_ subject: String) -> ObjectStoreError {
        ObjectStoreError(
            .refused,
            "\(server) sent an odd answer when \(subject) in '\(location)'. Check that the endpoint is an S3 server's."
        )
    }
}
