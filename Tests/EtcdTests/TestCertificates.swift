import Foundation

/// A certificate authority made on the spot, and one certificate for servers and clients.
struct TestCertificates: Sendable {
    let authority: String
    let certificate: String
    let key: String

    init(in folder: URL) async throws {
        func path(_ name: String) -> String { folder.appending(path: name).path }
        func openssl(_ arguments: String...) async throws {
            try await RealEtcd.output(of: "/usr/bin/openssl", arguments)
        }
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try await RealEtcd.output(
            of: "/usr/bin/openssl",
            ["req", "-x509", "-subj", "/CN=test-ca", "-days", "2", "-keyout", path("ca.key"), "-out", path("ca.crt")]
                + curve
        )
        try await RealEtcd.output(
            of: "/usr/bin/openssl",
            ["req", "-subj", "/CN=etcd", "-keyout", path("etcd.key"), "-out", path("etcd.csr")] + curve
        )
        let extensions = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
        try extensions.write(toFile: path("extensions"), atomically: true, encoding: .utf8)
        try await openssl(
            "x509",
            "-req",
            "-in",
            path("etcd.csr"),
            "-CA",
            path("ca.crt"),
            "-CAkey",
            path("ca.key"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            path("extensions"),
            "-out",
            path("etcd.crt")
        )
        authority = path("ca.crt")
        certificate = path("etcd.crt")
        key = path("etcd.key")
    }
}
