import Foundation
import Glibc

/// A TLS server in a child process: tells its clients, as the body of every response, what it saw of them.
final class TLSServer: Sendable {
    struct StartFailure: Error {
        let output: String
    }

    enum ClientCertificate: String {
        case ignored, required
    }

    let port: Int
    private let process: Process
    private let input = Pipe()

    /// Answers with five lines: server name asked for, client's common name, Host field, number of the connection, TLS
    /// version.
    private static let program = """
        import http.server, os, socketserver, ssl, sys, threading
        certificate, key, authority, client, version = sys.argv[1:6]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(authority)
        context.maximum_version = getattr(ssl.TLSVersion, version)
        context.minimum_version = ssl.TLSVersion.TLSv1
        if version == "TLSv1_1":
            context.set_ciphers("ALL:@SECLEVEL=0")
        if client == "required":
            context.verify_mode = ssl.CERT_REQUIRED
        names = {}
        context.sni_callback = lambda connection, name, _: names.__setitem__(connection, name)
        count = 0
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def setup(self):
                global count
                count += 1
                self.number = count
                self.request.do_handshake()
                super().setup()
            def do_GET(self):
                peer = self.request.getpeercert() or {}
                subject = dict(pair[0] for pair in peer.get("subject", ()))
                lines = [names.get(self.request), subject.get("commonName"), self.headers.get("Host"), self.number,
                         self.request.version()]
                body = "\\n".join(str(line) for line in lines).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *arguments): pass
        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            def handle_error(self, *arguments): pass
        server = Server(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(server.server_address[1], flush=True)
        # Ends with the tests, whatever ends them.
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        server.serve_forever()
        """

    init(
        certificate: String,
        key: String,
        authority: String,
        clientCertificate: ClientCertificate = .ignored,
        newestVersion: String = "TLSv1_3"
    ) throws {
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", "-W", "ignore", "-c", Self.program, certificate, key, authority]
            + [clientCertificate.rawValue, newestVersion]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            kill(process.processIdentifier, SIGKILL)
            throw StartFailure(output: line)
        }
        self.port = port
    }

    var url: String { "https://127.0.0.1:\(port)" }

    func stop() {
        // Not a signal that can be blocked: a child inherits the blocked signals of the thread that starts it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
