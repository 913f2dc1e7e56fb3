import HTTPTypes

/// A request that was checked and is ready to be put into libcurl's options.
struct PreparedRequest: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
        case stream(length: Int?)
    }

    let method: String
    let url: RequestURL
    let body: Body
    /// Lines for `CURLOPT_HTTPHEADER`, in libcurl's notation.
    private(set) var headerLines: [String]
    let configuration: HTTPClientConfiguration
    let deadlines: HTTPDeadlines

    init(_ request: HTTPClientRequest, _ configuration: HTTPClientConfiguration) throws(HTTPTransportError) {
        method = request.method.rawValue
        url = try RequestURL(request.url)
        switch request.body {
        case .none: body = .none
        case .bytes(let bytes): body = .bytes(bytes)
        case .stream(let length, _): body = .stream(length: length)
        }
        self.configuration = configuration
        deadlines = request.deadlines ?? configuration.deadlines
        headerLines = []
        try check(configuration)
        headerLines = try makeHeaderLines(request.fields)
    }

    /// `GET https://host/path`, for messages.
    var description: String { "\(method) \(url.redacted)" }

    /// Whether the method promises that sending the request twice does what sending it once does (RFC 9110, 9.2.2).
    var isIdempotent: Bool { ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"].contains(method) }

    /// The length of the body under `head`, if it says: a response to HEAD, and some statuses, name a length without a
    /// body.
    func bodyLength(under head: ResponseHead) -> Int? {
        method == "HEAD" || head.status == 204 || head.status == 304 ? 0 : head.contentLength
    }

    private func check(_ configuration: HTTPClientConfiguration) throws(HTTPTransportError) {
        if case .stream(let length?) = body, length < 0 {
            throw refused("the length of its body, \(length), is negative")
        }
        if let name = configuration.tls.serverName, !RequestURL.isHost(name) {
            throw refused("the TLS server name is not a host name")
        }
        if configuration.tls.clientPrivateKey != nil, configuration.tls.clientCertificate == nil {
            throw refused("there is a client key but no client certificate")
        }
        var texts = [configuration.userAgent]
        if let proxy = configuration.proxyURL {
            texts.append(proxy)
            let schemes = ["http://", "https://", "socks5://", "socks5h://"]
            if !proxy.isEmpty, !schemes.contains(where: { proxy.lowercased().hasPrefix($0) }) {
                throw refused("the proxy's URL does not start with 'http://', 'https://', 'socks5://' or 'socks5h://'")
            }
        }
        for pem in [
            configuration.tls.certificateAuthorities, configuration.tls.clientCertificate,
            configuration.tls.clientPrivateKey,
        ] {
            if case .file(let path) = pem { texts.append(path) }
        }
        for text in texts where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            throw refused("a setting of the client holds a control character")
        }
    }

    private func makeHeaderLines(_ fields: HTTPFields) throws(HTTPTransportError) -> [String] {
        var lines: [String] = []
        lines.reserveCapacity(fields.count + 4)
        var isHostGiven = false
        for field in fields {
            let name = field.name
            guard !name.rawName.hasPrefix(":") else { throw refused("'\(name.rawName)' is not a header field") }
            let value = field.value
            // HTTPField replaces line breaks when it is made; this holds also for a value that came another way.
            guard !value.utf8.contains(where: { $0 == 0 || $0 == 0x0a || $0 == 0x0d }) else {
                throw refused("the header field '\(name.rawName)' holds a line break or a zero byte")
            }
            switch name {
            case .contentLength:
                guard value == contentLength.map(String.init) else {
                    throw refused("its Content-Length is not the length of its body")
                }
            case .transferEncoding:
                guard case .stream(nil) = body, value.lowercased() == "chunked" else {
                    throw refused("its Transfer-Encoding does not fit its body")
                }
            default:
                isHostGiven = isHostGiven || name == HTTPField.Name("Host")
                // libcurl reads "Name:" as "do not send it", and "Name;" as an empty field.
                lines.append(value.isEmpty ? "\(name.rawName);" : "\(name.rawName): \(value)")
            }
        }
        // With a TLS server name, libcurl is given a URL with that name for a host.
        if configuration.tls.serverName != nil, !isHostGiven { lines.append("Host: \(url.authority)") }
        // What libcurl would add by itself: a wait for "100 Continue", and "Accept: */*".
        if !fields.contains(.expect) { lines.append("Expect:") }
        if !fields.contains(.accept) { lines.append("Accept:") }
        return lines
    }

    private var contentLength: Int? {
        switch body {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .stream(let length): length
        }
    }

    private func refused(_ why: String) -> HTTPTransportError {
        HTTPTransportError(
            .invalidRequest,
            "\(description) cannot be requested: \(why). Check the configuration of the client.",
            isProvablyUnapplied: true
        )
    }
}
