import Foundation
import Glibc

/// A certificate authority and what it signed, made by openssl in a folder of its own.
struct Certificates: Sendable {
    let folder: URL

    struct OpenSSLFailure: Error {
        let arguments: [String]
        let output: String
    }

    var authority: String { path("ca.pem") }
    /// Signed for `127.0.0.1`.
    var server: String { path("server.pem") }
    var serverKey: String { path("server.key") }
    /// Signed for `api.example.internal` only.
    var named: String { path("named.pem") }
    var namedKey: String { path("named.key") }
    /// Certificate of the client `first`.
    var client: String { path("first.pem") }
    var clientKey: String { path("first.key") }
    /// Certificate of the client `second`.
    var otherClient: String { path("second.pem") }
    var otherClientKey: String { path("second.key") }
    /// The key of the client `first`, with a passphrase.
    var encryptedClientKey: String { path("encrypted.key") }
    /// An authority that signed nothing.
    var otherAuthority: String { path("other-ca.pem") }

    /// Made once for all tests, and removed after them.
    static let shared: Result<Certificates, any Error> = Result {
        atexit { Certificates.removeShared() }
        return try Certificates()
    }

    private static func removeShared() {
        if let folder = try? shared.get().folder { try? FileManager.default.removeItem(at: folder) }
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kbackup-certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try authority(named: "ca")
        try authority(named: "other-ca")
        try sign("server", extensions: "subjectAltName=IP:127.0.0.1")
        try sign("named", extensions: "subjectAltName=DNS:api.example.internal")
        try sign("first", extensions: "extendedKeyUsage=clientAuth")
        try sign("second", extensions: "extendedKeyUsage=clientAuth")
        try openssl("ec", "-in", clientKey, "-out", encryptedClientKey, "-aes256", "-passout", "pass:opensesame")
    }

    func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private func path(_ name: String) -> String { folder.appending(path: name).path() }

    private func authority(named name: String) throws {
        try openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            path("\(name).key"),
            "-out",
            path("\(name).pem"),
            "-subj",
            "/CN=\(name)"
        )
    }

    private func sign(_ name: String, extensions: String) throws {
        try Data(extensions.utf8).write(to: folder.appending(path: "\(name).ext"))
        try openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            path("\(name).key"),
            "-out",
            path("\(name).csr"),
            "-subj",
            "/CN=\(name)"
        )
        try openssl(
            "x509",
            "-req",
            "-in",
            path("\(name).csr"),
            "-CA",
            authority,
            "-CAkey",
            path("ca.key"),
            "-days",
            "2",
            "-extfile",
            path("\(name).ext"),
            "-out",
            path("\(name).pem")
        )
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw OpenSSLFailure(arguments: arguments, output: String(decoding: text, as: UTF8.self))
        }
    }
}
