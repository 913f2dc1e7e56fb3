import HTTPTransport
import HTTPTypes

extension EtcdClient {
    /// Streams a snapshot of the whole database to `consume`, and verifies it on the way.
    ///
    /// `consume` gets, in order, exactly the bytes that `etcdctl snapshot save` writes: the database, and in 32 more
    /// bytes its SHA-256. Every chunk but the last has 256 KiB, so that ``EtcdSnapshotFile/pageSize(ofHeader:)`` can be
    /// asked with the first. The network waits while `consume` runs.
    ///
    /// - Important: The hash is at the end of the stream, so `consume` sees bytes that are not verified yet. **Nothing
    ///   may be committed, shown or kept before this call returns.** When it throws, drop all that `consume` got.
    ///
    /// The next endpoint is tried only as long as `consume` has got nothing: another member's snapshot has other bytes.
    ///
    /// Parsing and hashing run where the caller runs; call it off the main actor.
    ///
    /// - Throws: ``EtcdError``: ``EtcdError/Code/truncated`` when the stream ends early or the connection breaks,
    ///   ``EtcdError/Code/corrupted`` when the hash differs, or etcd's own error, which may come in mid-stream; what
    ///   `consume` throws, unchanged; `CancellationError`.
    package func snapshot(
        _ consume: (_ chunk: [UInt8]) async throws -> Void
    ) async throws -> EtcdSnapshotSummary {
        var isConsuming = false
        return try await firstUsable(mayTryNext: { !isConsuming }) { endpoint in
            try await snapshot(from: endpoint) { chunk in
                isConsuming = true
                try await consume(chunk)
            }
        }
    }

    private func snapshot(
        from endpoint: EtcdEndpoint,
        _ consume: (_ chunk: [UInt8]) async throws -> Void
    ) async throws -> EtcdSnapshotSummary {
        let token = try await authenticate(at: endpoint)
        let status = try await status(of: endpoint, token: token)
        let request = Self.request(endpoint, "/v3/maintenance/snapshot", token: token)
        // What goes wrong within the response is already explained there, or is the consumer's own error.
        var hasResponse = false
        do {
            let outcome = try await http.send(request) { response in
                hasResponse = true
                return try await receive(response, from: endpoint, consume)
            }
            return EtcdSnapshotSummary(
                endpoint: endpoint.url,
                sizeInBytes: outcome.sizeInBytes,
                databaseSizeInBytes: outcome.databaseSizeInBytes,
                sha256: outcome.sha256,
                pageSizeInBytes: outcome.pageSizeInBytes,
                databaseRevision: outcome.revision,
                status: status
            )
        } catch let error as HTTPTransportError where !hasResponse {
            throw explain(error, from: endpoint)
        }
    }

    private func receive(
        _ response: HTTPClientResponse,
        from endpoint: EtcdEndpoint,
        _ consume: (_ chunk: [UInt8]) async throws -> Void
    ) async throws -> SnapshotReceiver.Outcome {
        guard response.status == 200 else {
            let body = try? await response.body.collect(limit: 64 * 1024)
            let answer = HTTPCollectedResponse(status: response.status, fields: response.fields, body: body ?? [])
            throw try await explain(answer, from: endpoint)
        }
        var receiver = SnapshotReceiver()
        var body = response.body.makeAsyncIterator()
        var broken: HTTPTransportError?
        do {
            return try await receiver.receive(
                next: {
                    do {
                        return try await body.next()
                    } catch let error as HTTPTransportError {
                        broken = error
                        throw error
                    }
                },
                consume: consume
            )
        } catch let error as EtcdError {
            throw Self.sentence(error, about: endpoint)
        } catch {
            guard let broken else { throw error }
            let cause = EtcdError(.truncated, "it broke off after \(receiver.progress). \(broken.message)")
            throw Self.sentence(cause, about: endpoint)
        }
    }

    /// Makes a sentence, with a remedy, of an error of ``SnapshotReceiver``.
    private static func sentence(_ error: EtcdError, about endpoint: EtcdEndpoint) -> EtcdError {
        let remedy =
            switch error.code {
            case .truncated:
                "Check the network and the member's log, then run it again."
            case .corrupted:
                "Run it again; if that happens once more, check the network's and the member's hardware."
            case .accessDenied:
                "Use a user who has the role root."
            case .protocolError:
                "Check that no proxy stands between."
            default:
                "Check the member's health and its log, then run it again."
            }
        return EtcdError(
            error.code,
            "The snapshot from etcd at '\(endpoint.url)' cannot be used: \(error.message). \(remedy)",
            isTransient: error.isTransient
        )
    }
}
