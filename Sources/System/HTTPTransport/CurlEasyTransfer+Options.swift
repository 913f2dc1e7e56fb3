import CCurl

extension CurlEasyTransfer {
    /// What libcurl may read from a connection at once.
    private static let receiveBufferSize = 256 << 10
    /// What is handed to libcurl for sending at once.
    private static let sendBufferSize = 256 << 10

    func setOptions(errorText: UnsafeMutablePointer<CChar>) throws(HTTPTransportError) {
        unsafe ccurl_setopt_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        unsafe ccurl_setopt_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
        try setProcessOptions()
        try setTarget()
        try setBody()
        try setCallbacks()
        try setTLS()
        try setProxy()
    }

    /// What every request has in common: nothing that is not asked for, and no signals.
    private func setProcessOptions() throws(HTTPTransportError) {
        try set(CURLOPT_NOSIGNAL, 1)
        // Do not wait for a name server's answer when a transfer is cancelled.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_BUFFERSIZE, Self.receiveBufferSize)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(
            CURLOPT_HTTP_VERSION,
            request.configuration.allowsHTTP2 ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1)
        )
        // libcurl divides this among the addresses of a host. Zero would mean its default of five minutes.
        let connect = request.deadlines.connect.map { max(1, $0.components.seconds * 1000 + $0.milliseconds) }
        try set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: min(connect ?? .max, Int64(Int32.max))))
    }

    private func setTarget() throws(HTTPTransportError) {
        let url = request.url
        var host = url.host
        if url.scheme == "https", let serverName = request.configuration.tls.serverName {
            // libcurl takes the name for SNI and verification from the URL; the connection goes elsewhere.
            host = serverName
            try set(CURLOPT_CONNECT_TO, ["\(serverName):\(url.effectivePort):\(url.host):\(url.effectivePort)"])
        }
        try set(CURLOPT_URL, "\(url.scheme)://\(host)\(url.port.map { ":\($0)" } ?? "")\(url.target)")
        try set(CURLOPT_HTTPHEADER, request.headerLines)
        try set(CURLOPT_USERAGENT, request.configuration.userAgent)
    }

    private func setBody() throws(HTTPTransportError) {
        var length: Int?
        switch request.body {
        case .none:
            switch request.method {
            case "GET": return try set(CURLOPT_HTTPGET, 1)
            case "HEAD": return try set(CURLOPT_NOBODY, 1)
            // These say with "Content-Length: 0" that their body is empty.
            case "POST", "PUT", "PATCH": length = 0
            default:
                try set(CURLOPT_HTTPGET, 1)
                return try set(CURLOPT_CUSTOMREQUEST, request.method)
            }
        case .bytes(let bytes): length = bytes.count
        case .stream(let known): length = known
        }
        try set(CURLOPT_UPLOAD, 1)
        try set(CURLOPT_CUSTOMREQUEST, request.method)
        try set(CURLOPT_UPLOAD_BUFFERSIZE, Self.sendBufferSize)
        try check(unsafe ccurl_setopt_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(length ?? -1)))
    }

    private func setTLS() throws(HTTPTransportError) {
        let tls = request.configuration.tls
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authorities = tls.certificateAuthorities {
            // "Instead of the system's": the folder of system certificates would be trusted besides.
            try set(CURLOPT_CAPATH, nil)
            try set(authorities, file: CURLOPT_CAINFO, blob: CURLOPT_CAINFO_BLOB)
        } else if hasSystemBundle {
            // The folder holds the same certificates as the file, and with a folder libcurl parses them anew for every
            // connection instead of once.
            try set(CURLOPT_CAPATH, nil)
        }
        // How long the certificates of a file are kept in memory, in seconds: a renewed file is noticed after that.
        try set(CURLOPT_CA_CACHE_TIMEOUT, 300)
        if let certificate = tls.clientCertificate {
            try set(certificate, file: CURLOPT_SSLCERT, blob: CURLOPT_SSLCERT_BLOB)
            // Without a key of its own, the certificate's PEM holds it.
            try set(tls.clientPrivateKey ?? certificate, file: CURLOPT_SSLKEY, blob: CURLOPT_SSLKEY_BLOB)
            // An encrypted key is refused; OpenSSL would ask for its passphrase on the terminal.
            try set(CURLOPT_KEYPASSWD, "")
        }
        if !tls.verifiesServer {
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    /// Whether libcurl was built with a file of system certificates.
    private var hasSystemBundle: Bool {
        var path: UnsafeMutablePointer<CChar>?
        return unsafe ccurl_getinfo_string(easy, CURLINFO_CAINFO, &path) == CURLE_OK && path != nil
    }

    private func setProxy() throws(HTTPTransportError) {
        if let proxy = request.configuration.proxyURL {
            try set(CURLOPT_PROXY, proxy)
        } else if request.url.isLoopback {
            // As with Go's clients: a proxy of the environment is never meant for this machine.
            try set(CURLOPT_PROXY, "")
        }
    }

    // MARK: One option

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPTransportError) {
        try check(unsafe ccurl_setopt_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String?) throws(HTTPTransportError) {
        try check(unsafe ccurl_setopt_string(easy, option, value))
    }

    private func set(_ option: CURLoption, _ lines: [String]) throws(HTTPTransportError) {
        guard let list = CurlStringList(lines) else { return try check(CURLE_OUT_OF_MEMORY) }
        lists.append(list)
        try check(unsafe ccurl_setopt_list(easy, option, list.head))
    }

    private func set(_ pem: TLSConfiguration.PEM, file: CURLoption, blob: CURLoption) throws(HTTPTransportError) {
        switch pem {
        case .file(let path): try set(file, path)
        case .bytes(let bytes):
            var bytes = bytes
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe withUnsafeTemporaryPointer(
                    curl_blob(data: buffer.baseAddress, len: buffer.count, flags: UInt32(CURL_BLOB_COPY))
                ) { unsafe ccurl_setopt_blob(easy, blob, $0) }
            }
            try check(result)
        }
    }

    private func check(_ result: CURLcode) throws(HTTPTransportError) {
        guard result != CURLE_OK else { return }
        throw transportError(result, detail: "an option was not accepted")
    }
}

private func withUnsafeTemporaryPointer<Value, Result>(
    _ value: Value,
    _ body: (UnsafeMutablePointer<Value>) -> Result
) -> Result {
    var value = value
    return unsafe withUnsafeMutablePointer(to: &value) { unsafe body($0) }
}

extension Duration {
    /// What is left after the whole seconds.
    fileprivate var milliseconds: Int64 { components.attoseconds / 1_000_000_000_000_000 }
}
