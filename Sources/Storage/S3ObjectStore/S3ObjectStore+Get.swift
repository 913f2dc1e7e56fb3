import Crypto
import Foundation
import HTTPTransport
import HTTPTypes
package import ObjectStore

extension S3ObjectStore {
    /// The most that is taken from a server that sends whole objects where it is asked for a range: no pack is longer.
    private static let mostInsteadOfRange = 256 << 20

    /// What the fields of an answer tell about an object.
    struct Head: Sendable {
        let stat: ObjectStat
        let mark: String?
    }

    package func stat(_ key: ObjectKey) async throws -> ObjectStat? {
        try await head(key)?.stat
    }

    func head(_ key: ObjectKey) async throws -> Head? {
        let subject = "looking at '\(key)'"
        let request = S3Request(.head, fullKey(key.rawValue), fields: client.encryption.use)
        let result = try await client.send(request, subject) { response in
            guard let size = response.fields[.contentLength].flatMap({ Int($0) }), let eTag = response.fields[.eTag]
            else {
                throw client.oddAnswer(subject)
            }
            let time = response.fields[.lastModified].flatMap(Timestamp.init(http:))
            let stat = ObjectStat(
                key: key,
                sizeInBytes: size,
                modifiedAt: Double(time?.seconds ?? 0),
                version: VersionTag(eTag: eTag)
            )
            return Head(stat: stat, mark: response.fields[.kbackupWrite])
        }
        switch result {
        case .success(let head): return head
        case .failure(let response) where response.status == 404 && ["", "NoSuchKey"].contains(response.code):
            return nil
        case .failure(let response): throw client.explain(try await withReason(response, key), subject)
        }
    }

    /// The refusal of a `HEAD` with its reason: as the answer has no body, a wrong secret looks like a missing right.
    private func withReason(_ response: S3ErrorResponse, _ key: ObjectKey) async throws -> S3ErrorResponse {
        guard response.code.isEmpty, (400..<500).contains(response.status) else { return response }
        var request = S3Request(.get, fullKey(key.rawValue), fields: client.encryption.use)
        request.fields[.range] = "bytes=0-0"
        do {
            guard case .failure(let told) = try await client.send(request, "looking at '\(key)'", { _ in }),
                told.status == response.status, !told.code.isEmpty
            else { return response }
            return told
        } catch is ObjectStoreError {
            return response
        }
    }

    package func get(_ key: ObjectKey, range: ByteRange) async throws -> StoredObject {
        try Task.checkCancellation()
        var request = S3Request(.get, fullKey(key.rawValue), fields: client.encryption.use)
        switch range {
        case .whole: request.fields[.amzChecksumMode] = "ENABLED"
        case .bytes(let bytes) where bytes.isEmpty: return try await emptyRange(of: key, range)
        case .bytes(let bytes): request.fields[.range] = "bytes=\(bytes.lowerBound)-\(bytes.upperBound - 1)"
        case .last(0): return try await emptyRange(of: key, range)
        case .last(let count): request.fields[.range] = "bytes=-\(count)"
        }
        let subject = "reading '\(key)'"
        switch try await client.send(request, subject, { try await read($0, key, range) }) {
        case .success(let object):
            return object
        case .failure(let response) where response.status == 416:
            // An empty object has no last byte that a range could name.
            if case .last = range { return try await emptyRange(of: key, range) }
            let size = response.objectSize
            throw ObjectStoreError.unfit(key, in: location, for: range, size: size ?? 0)
        case .failure(let response) where response.status == 404 && ["", "NoSuchKey"].contains(response.code):
            throw ObjectStoreError.notFound(key, in: location)
        case .failure(let response):
            throw client.explain(response, subject)
        }
    }

    /// Reads no bytes, which no range can ask for.
    private func emptyRange(of key: ObjectKey, _ range: ByteRange) async throws -> StoredObject {
        guard let stat = try await stat(key) else { throw ObjectStoreError.notFound(key, in: location) }
        guard range.resolved(inSize: stat.sizeInBytes)?.isEmpty == true else {
            throw ObjectStoreError.unfit(key, in: location, for: range, size: stat.sizeInBytes)
        }
        return StoredObject(bytes: [], totalSizeInBytes: stat.sizeInBytes, version: stat.version)
    }

    // MARK: - Answers

    private func read(_ response: HTTPClientResponse, _ key: ObjectKey, _ range: ByteRange) async throws -> StoredObject
    {
        guard let eTag = response.fields[.eTag] else { throw client.oddAnswer("reading '\(key)'") }
        let version = VersionTag(eTag: eTag)
        let announced = response.fields[.contentLength].flatMap { Int($0) }
        guard response.status == 206 else {
            // The whole object, asked for or not: servers may leave ranges out of account.
            let limit = if case .whole(let limit) = range { limit } else { Self.mostInsteadOfRange }
            if let announced, announced > limit {
                throw ObjectStoreError.unfit(key, in: location, for: .whole(limit: limit), size: announced)
            }
            let bytes = try await response.body.collect(limit: limit)
            try check(announced.map { $0 == bytes.count } ?? true, "\(bytes.count) bytes, not \(announced ?? 0)", key)
            try await verify(bytes, response.fields, key)
            guard let wanted = range.resolved(inSize: bytes.count) else {
                throw ObjectStoreError.unfit(key, in: location, for: range, size: bytes.count)
            }
            let part = wanted == bytes.indices ? bytes : Array(bytes[wanted])
            return StoredObject(bytes: part, totalSizeInBytes: bytes.count, version: version)
        }
        guard let content = response.fields[.contentRange].flatMap(ContentRange.init) else {
            throw client.oddAnswer("reading '\(key)'")
        }
        guard let wanted = range.resolved(inSize: content.total) else {
            throw ObjectStoreError.unfit(key, in: location, for: range, size: content.total)
        }
        try check(content.range == wanted, "bytes \(content.range) in place of \(wanted)", key)
        let bytes = try await response.body.collect(limit: wanted.count)
        try check(bytes.count == wanted.count, "\(bytes.count) bytes in place of \(wanted.count)", key)
        return StoredObject(bytes: bytes, totalSizeInBytes: content.total, version: version)
    }

    /// Compares a whole object with the checksum that the server keeps of it, if it keeps one that we can compute.
    @concurrent
    private func verify(_ bytes: [UInt8], _ fields: HTTPFields, _ key: ObjectKey) async throws {
        guard let checksum = fields[.amzChecksumSHA256] else { return }
        let computed: String
        if let dash = checksum.firstIndex(of: "-") {
            // The checksum of the parts' checksums.
            guard let size = fields[.kbackupPartSize].flatMap({ Int($0) }), size > 0 else { return }
            var hash = SHA256()
            var count = 0
            for start in stride(from: 0, to: max(1, bytes.count), by: size) {
                hash.update(data: Data(SHA256.hash(data: bytes[start..<min(start + size, bytes.count)])))
                count += 1
            }
            computed = Data(hash.finalize()).base64EncodedString() + "-\(count)"
            // Copied by a tool that cut it otherwise: the metadata are no longer true.
            guard checksum[dash...] == "-\(count)" else { return }
        } else {
            computed = Data(SHA256.hash(data: bytes)).base64EncodedString()
        }
        try check(computed == checksum, "bytes with the checksum \(computed) in place of \(checksum)", key)
    }

    private func check(_ isAsExpected: Bool, _ found: String, _ key: ObjectKey) throws {
        guard !isAsExpected else { return }
        throw DamagedDownload(
            explanation: ObjectStoreError(
                .corrupted,
                "\(client.server) sent \(found) when reading '\(key)' in '\(location)'. The object or the way to it is damaged."
            )
        )
    }
}

/// The field that says which part of an object an answer holds: `bytes 0-9/1000`.
struct ContentRange {
    let range: Range<Int>
    let total: Int

    init?(_ field: String) {
        guard field.hasPrefix("bytes ") else { return nil }
        let parts = field.dropFirst(6).split(separator: "/")
        let bounds = parts.first?.split(separator: "-") ?? []
        guard parts.count == 2, bounds.count == 2, let total = Int(parts[1]), let first = Int(bounds[0]),
            let last = Int(bounds[1]), first >= 0, last >= first, last < total
        else { return nil }
        range = first..<last + 1
        self.total = total
    }
}
