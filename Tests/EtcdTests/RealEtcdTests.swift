import Foundation
import HTTPTransport
import HTTPTypes
import Testing

@testable import Etcd

@Suite(
    "Etcd client, real server",
    .enabled(if: RealEtcd.mayRun, "etcd and etcdctl are not in /usr/bin"),
    .timeLimit(.minutes(3))
)
struct RealEtcdTests {
    @Test("Status is what etcdctl says")
    func status() async throws {
        try await withTemporaryFolder { folder in
            try await RealEtcd.run(in: folder) { etcd in
                try await etcd.etcdctl("put", "a", "1")
                let status = try await client(etcd.url).status(endpoint: etcd.url)
                let table = try await etcd.etcdctl("endpoint", "status", "--write-out=json")
                let expected = try #require(
                    try JSONDecoder().decode([EndpointStatus].self, from: Data(table.utf8)).first?.Status
                )
                #expect(status.version == expected.version)
                #expect(status.dbSizeInBytes == expected.dbSize)
                #expect(status.revision == expected.header.revision)
                #expect(status.memberID == expected.header.member_id)
                #expect(status.clusterID == expected.header.cluster_id)
                #expect(status.leader == expected.leader)
                #expect(status.raftIndex >= 1)
            }
        }
    }

    @Test("A snapshot equals that of etcdctl, and comes back as a serving etcd")
    func snapshotAndRestore() async throws {
        try await withTemporaryFolder { folder in
            let mine = folder.appending(path: "mine.db").path
            let theirs = folder.appending(path: "theirs.db").path
            try await RealEtcd.run(in: folder) { etcd in
                try await fill(etcd, keys: 2000)
                let handle = try newFile(mine)
                let summary = try await client(etcd.url).snapshot { try handle.write(contentsOf: Data($0)) }
                try handle.close()
                try await etcd.etcdctl("snapshot", "save", theirs)

                let mineStatus = try await RealEtcd.etcdctl(["snapshot", "status", mine, "--write-out=json"])
                let theirStatus = try await RealEtcd.etcdctl(["snapshot", "status", theirs, "--write-out=json"])
                #expect(mineStatus == theirStatus)
                #expect(summary.databaseRevision == (try revision(in: mineStatus)))
                #expect(summary.revision.isExact)
                let file = try Data(contentsOf: URL(filePath: mine))
                #expect(file.count == summary.sizeInBytes)
                #expect(file.suffix(32).elementsEqual(summary.sha256))
                #expect(summary.pageSizeInBytes == 4096)
                #expect(summary.databaseSizeInBytes % 4096 == 0)
                #expect(file.count > 3 * SnapshotStreamParser.chunkSize)
            }
            // Without --skip-hash-check: the 32 bytes at the end are checked.
            let restored = folder.appending(path: "restored")
            try await RealEtcd.etcdctl(["snapshot", "restore", mine, "--data-dir=\(restored.path)"])
            try await RealEtcd.run(in: folder, data: restored) { etcd in
                let value = try await etcd.etcdctl("get", "key-1234", "--print-value-only")
                #expect(value.hasPrefix("value-1234-"))
                let keys = try await etcd.etcdctl("get", "key-", "--prefix", "--keys-only")
                #expect(keys.split(separator: "\n").count == 2000)
            }
        }
    }

    @Test(
        "The revision of a snapshot is what etcdctl reads in it, whatever the shape of the database",
        arguments: ["one small key", "deleted", "large values", "many small keys, compacted", "empty"]
    )
    func revision(shape: String) async throws {
        try await withTemporaryFolder { folder in
            try await RealEtcd.run(in: folder) { etcd in
                switch shape {
                case "one small key": try await etcd.etcdctl("put", "a", "1")
                case "deleted":
                    for number in 0..<20 { try await etcd.etcdctl("put", "a\(number)", "1") }
                    try await etcd.etcdctl("del", "a", "--prefix")
                case "large values":
                    for number in 0..<12 {
                        try await etcd.etcdctl("put", "a\(number)", String(repeating: "x", count: 90_000))
                    }
                case "many small keys, compacted":
                    for _ in 0..<3 { try await fill(etcd, keys: 1500) }
                    try await etcd.etcdctl("compact", "30")
                    try await etcd.etcdctl("put", "last", "1")
                default: break
                }
                let file = folder.appending(path: "snapshot.db").path
                let handle = try newFile(file)
                let summary = try await client(etcd.url).snapshot { try handle.write(contentsOf: Data($0)) }
                try handle.close()
                let status = try await RealEtcd.etcdctl(["snapshot", "status", file, "--write-out=json"])
                let expected = try revision(in: status)
                #expect(summary.databaseRevision == (expected == 0 ? nil : expected))
                #expect(summary.revision.isExact == (expected > 0))
                #expect(summary.revision.value >= summary.status.revision)
            }
        }
    }

    private func revision(in status: String) throws -> Int64 {
        struct Status: Decodable { let revision: Int64 }
        return try JSONDecoder().decode(Status.self, from: Data(status.utf8)).revision
    }

    @Test("With authentication turned on, a user with the role root is needed")
    func authentication() async throws {
        try await withTemporaryFolder { folder in
            try await RealEtcd.run(in: folder) { etcd in
                // A user named while authentication is off does no harm.
                let root = EtcdCredentials(username: "root", password: "hunter2")
                _ = try await client(etcd.url, root).snapshot { _ in }

                try await etcd.etcdctl("user", "add", "root:hunter2")
                try await etcd.etcdctl("user", "grant-role", "root", "root")
                try await etcd.etcdctl("user", "add", "reader:secret")
                try await etcd.etcdctl("auth", "enable")
                _ = try await client(etcd.url, root).snapshot { _ in }

                let others: [EtcdCredentials?] = [
                    nil, EtcdCredentials(username: "root", password: "wrong-password"),
                    EtcdCredentials(username: "reader", password: "secret"),
                ]
                for credentials in others {
                    let error = await #expect(throws: EtcdError.self) {
                        try await client(etcd.url, credentials).snapshot { _ in }
                    }
                    #expect(error?.code == .accessDenied, "\(error?.message ?? "")")
                    #expect(error?.message.contains("wrong-password") == false)
                }
            }
        }
    }

    @Test("With TLS, a missing certificate is told with what to pass")
    func clientCertificates() async throws {
        try await withTemporaryFolder { folder in
            let pki = try await TestCertificates(in: folder)
            let flags = [
                "--cert-file=\(pki.certificate)", "--key-file=\(pki.key)", "--client-cert-auth",
                "--trusted-ca-file=\(pki.authority)",
            ]
            try await RealEtcd.run(in: folder, tls: flags) { etcd in
                var tls = TLSConfiguration()
                let untrusted = await #expect(throws: EtcdError.self) { try await client(etcd.url, tls: tls).status() }
                #expect(untrusted?.code == .tlsFailed, "\(untrusted?.message ?? "")")

                tls.certificateAuthorities = .file(pki.authority)
                let anonymous = await #expect(throws: EtcdError.self) { try await client(etcd.url, tls: tls).status() }
                #expect(anonymous?.code == .accessDenied, "\(anonymous?.message ?? "")")
                #expect(anonymous?.message.contains("--cacert, --cert and --key") == true)

                let plain = etcd.url.replacingOccurrences(of: "https://", with: "http://")
                let withoutTLS = await #expect(throws: EtcdError.self) { try await client(plain).status() }
                #expect(withoutTLS?.message.contains("'https://'") == true, "\(withoutTLS?.message ?? "")")

                tls.clientCertificate = .file(pki.certificate)
                tls.clientPrivateKey = .file(pki.key)
                let summary = try await client(etcd.url, tls: tls).snapshot { _ in }
                #expect(summary.pageSizeInBytes == 4096)
            }
        }
    }

    /// Writes keys whose values make the database a few megabytes.
    private func fill(_ etcd: RealEtcd, keys: Int) async throws {
        let filler = String(repeating: "x", count: 800)
        for start in stride(from: 0, to: keys, by: 100) {
            let puts = (start..<start + 100).map { index in
                let key = referenceBase64(Array("key-\(index)".utf8))
                let value = referenceBase64(Array("value-\(index)-\(filler)".utf8))
                return "{\"requestPut\":{\"key\":\"\(key)\",\"value\":\"\(value)\"}}"
            }
            let body = "{\"success\":[\(puts.joined(separator: ","))]}"
            let request = HTTPClientRequest(method: .post, url: etcd.url + "/v3/kv/txn", body: .bytes(Array(body.utf8)))
            let response = try await HTTPClient().collect(request, limit: 1 << 20)
            try #require(response.status == 200, "\(String(decoding: response.body, as: UTF8.self))")
        }
    }

    private func newFile(_ path: String) throws -> FileHandle {
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        return try #require(FileHandle(forWritingAtPath: path))
    }

    private func client(
        _ url: String,
        _ credentials: EtcdCredentials? = nil,
        tls: TLSConfiguration = TLSConfiguration()
    ) throws -> EtcdClient {
        var configuration = EtcdEndpointConfiguration(endpoints: [url])
        configuration.credentials = credentials
        configuration.tls = tls
        configuration.retry = .none
        return try EtcdClient(configuration)
    }
}

private struct EndpointStatus: Decodable {
    struct Status: Decodable {
        struct Header: Decodable {
            let cluster_id: UInt64
            let member_id: UInt64
            let revision: Int64
        }
        let header: Header
        let version: String
        let dbSize: Int
        let leader: UInt64
    }
    let Status: Status
}
