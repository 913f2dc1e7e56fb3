/// A request's URL, taken apart as far as the transport needs it.
///
/// Stricter than libcurl's own parser: what could be read in two ways is refused, so that the server, a proxy and a
/// signature all see the same request.
struct RequestURL: Sendable, Hashable {
    /// `http` or `https`.
    let scheme: String
    /// Name or address; IPv6 addresses keep their brackets.
    let host: String
    let port: Int?
    /// From the first `/` on, or empty.
    let path: String
    /// After the first `?`, without it.
    let query: String?

    init(_ text: String) throws(HTTPTransportError) {
        // The text of a broken URL is not repeated in messages: it may hold a password or a signature.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) else {
            throw Self.refused("it holds a space, a control character, a backslash or a character outside ASCII")
        }
        guard let schemeEnd = text.firstRange(of: "://") else {
            throw Self.refused("it is not absolute")
        }
        scheme = text[..<schemeEnd.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw Self.refused("its scheme is neither 'http' nor 'https'")
        }
        guard !text.contains("#") else { throw Self.refused("it holds a fragment") }
        let rest = text[schemeEnd.upperBound...]
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard !authority.contains("@") else {
            throw Self.refused("it holds a user name or password, which belong into a header field")
        }
        (host, port) = try Self.split(authority: authority)
        let target = rest[authorityEnd...]
        if let mark = target.firstIndex(of: "?") {
            path = String(target[..<mark])
            query = String(target[target.index(after: mark)...])
        } else {
            path = String(target)
            query = nil
        }
    }

    /// The port that is connected to.
    var effectivePort: Int { port ?? (scheme == "https" ? 443 : 80) }

    /// Host and port as a `Host` field names them.
    var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// The URL as messages show it: without its query, which may be signed.
    var redacted: String { "\(scheme)://\(authority)\(path)" }

    /// Path and query as they go on the wire.
    var target: String { (path.isEmpty ? "/" : path) + (query.map { "?\($0)" } ?? "") }

    /// Whether the host is this machine, by name or by a loopback address.
    var isLoopback: Bool {
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]"
            || (name.hasPrefix("127.") && name.allSatisfy { $0.isNumber || $0 == "." })
    }

    private static func split(authority: Substring) throws(HTTPTransportError) -> (host: String, port: Int?) {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw refused("its IPv6 address has no ']'") }
            host = authority[...end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw refused("its host is not a name or an address") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard isHost(host) else { throw refused("its host is not a name or an address") }
        guard let port else { return (String(host), nil) }
        guard port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(port), (1...65535).contains(number)
        else { throw refused("its port is not a number from 1 to 65535") }
        return (String(host), number)
    }

    /// Whether `text` may stand for a host: a name, an IPv4 address, or an IPv6 address in brackets.
    static func isHost(_ text: some StringProtocol) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        if text.hasPrefix("[") {
            return text.utf8.count > 4 && text.hasSuffix("]")
                && text.dropFirst().dropLast().utf8.allSatisfy { isHexDigit($0) || $0 == 0x3a || $0 == 0x2e }
        }
        return text.utf8.allSatisfy { byte in
            isHexDigit(byte) || (UInt8(ascii: "g")...UInt8(ascii: "z")).contains(byte | 0x20)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func refused(_ why: String) -> HTTPTransportError {
        HTTPTransportError(
            .invalidRequest,
            "A URL cannot be requested: \(why). Check the address that was configured.",
            isProvablyUnapplied: true
        )
    }
}
