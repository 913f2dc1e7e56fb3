import Foundation
import Glibc

/// An HTTP/2 server in a child process, on what Node.js has built in: echoes bodies, and serves `GET /<size>`.
final class HTTP2Server: Sendable {
    struct StartFailure: Error {
        let output: String
    }

    /// Node.js is no part of what this package needs; where it is not installed, tests with HTTP/2 are left out.
    static let isAvailable = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/node")
    }

    private static let program = """
        const http2 = require('http2'), fs = require('fs')
        const [certificate, key] = process.argv.slice(1)
        let sessions = 0
        const server = http2.createSecureServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
        server.on('session', () => { sessions += 1 })
        server.on('stream', (stream, headers) => {
          stream.on('error', () => {})
          const head = { ':status': 200, 'x-authority': headers[':authority'], 'x-sessions': String(sessions) }
          if (headers[':method'] === 'GET') {
            const size = Number(headers[':path'].slice(1))
            stream.respond({ ...head, 'content-length': size })
            stream.end(Buffer.alloc(size, 7))
          } else {
            stream.respond(head)
            stream.pipe(stream)
          }
        })
        server.listen(0, '127.0.0.1', () => console.log(server.address().port))
        process.stdin.on('end', () => process.exit(0)).resume()
        """

    let port: Int
    private let process = Process()
    private let input = Pipe()

    init(certificate: String, key: String) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["node", "-e", Self.program, certificate, key]
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
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
