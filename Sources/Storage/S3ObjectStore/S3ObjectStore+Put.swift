import HTTPTransport
import HTTPTypes
package import ObjectStore

extension S3ObjectStore {
    @discardableResult
    package func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        try Task.checkCancellation()
        guard client.configuration.knowsConditions || condition == .always else {
            return try await putLooking(body, at: key, if: condition)
        }
        return try await write(body, at: key, mark: WriteMark(), if: condition)
    }

    /// Writes an object in one piece or in parts.
    func write(
        _ body: [UInt8],
        at key: ObjectKey,
        mark: WriteMark,
        if condition: PutCondition
    ) async throws -> VersionTag {
        guard body.count <= client.configuration.multipartThresholdInBytes else {
            return try await putInParts(body, at: key, mark: mark, if: condition)
        }
        let payload = await S3Payload.hashing(body, body.indices)
        var request = S3Request(.put, fullKey(key.rawValue), fields: creationFields(mark), payload: payload)
        request.fields[.contentType] = "application/octet-stream"
        request.fields[.amzChecksumSHA256] = payload.checksum
        request.fields.add(condition)
        let subject = "writing '\(key)'"
        switch try await client.send(request, subject, { try await Self.version($0) }) {
        case .success(let version):
            guard let version = version else { return try await ownVersion(mark, key, condition) }
            return version
        case .failure(let response) where condition != .always && response.isUnmetCondition:
            return try await ownVersion(mark, key, condition)
        case .failure(let response):
            throw explain(response, condition, subject)
        }
    }

    /// Explains why an object was not written.
    func explain(_ response: S3ErrorResponse, _ condition: PutCondition, _ subject: String) -> ObjectStoreError {
        guard condition != .always, response.code == "NotImplemented" || response.status == 501 else {
            return client.explain(response, subject)
        }
        return ObjectStoreError(
            .conditionsUnsupported,
            "\(client.server) does not know conditional writes, asked for when \(subject) in '\(location)'. Set "
                + "'conditional-writes: false' for the location: then kbackup looks before it writes, and again "
                + "afterwards."
        )
    }

    /// The fields that an object is made with, in one piece or in parts.
    func creationFields(_ mark: WriteMark) -> HTTPFields {
        var fields = client.encryption.create
        fields[.amzStorageClass] = client.configuration.storageClass
        fields[.kbackupWrite] = mark.rawValue
        for field in retentionFields { fields.append(field) }
        return fields
    }

    /// The version of the object at `key`, if it was we who wrote it: an answer may have been lost on its way, or a
    /// request have been sent twice below us.
    ///
    /// - Throws: ``ObjectStoreError`` with code `conflict` when it was somebody else.
    func ownVersion(_ mark: WriteMark, _ key: ObjectKey, _ condition: PutCondition) async throws -> VersionTag {
        guard let head = try await head(key), head.mark == mark.rawValue else {
            throw ObjectStoreError.conflict(key, in: location, condition: condition)
        }
        return head.stat.version
    }

    private static func version(_ response: HTTPClientResponse) async throws -> VersionTag? {
        _ = try await response.body.collect(limit: 64 << 10)
        return response.fields[.eTag].map(VersionTag.init(eTag:))
    }
}

/// A random mark that tells one write from every other.
struct WriteMark: Hashable, Sendable {
    let rawValue: String

    init() {
        var generator = SystemRandomNumberGenerator()
        rawValue = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hexadecimal
    }
}

extension HTTPFields {
    mutating func add(_ condition: PutCondition) {
        switch condition {
        case .absent: self[.ifNoneMatch] = "*"
        case .matches(let version): self[.ifMatch] = version.eTag
        case .always: break
        }
    }
}

extension VersionTag {
    init(eTag: String) {
        self.init(
            eTag.count >= 2 && eTag.hasPrefix("\"") && eTag.hasSuffix("\"") ? String(eTag.dropFirst().dropLast()) : eTag
        )
    }

    var eTag: String { "\"\(rawValue)\"" }
}

extension S3ErrorResponse {
    /// Whether the condition of a put was not met: something else is there, nothing is there any more, or somebody was
    /// just about to write.
    var isUnmetCondition: Bool {
        switch code {
        case "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey": true
        default: status == 412
        }
    }
}
