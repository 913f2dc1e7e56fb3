/// Settings that requests of one client share.
package struct HTTPClientConfiguration: Sendable, Hashable {
    package var tls = TLSConfiguration()
    /// `http://`, `https://` or `socks5://` proxy; `nil` uses `https_proxy`, `http_proxy` and `no_proxy` of the
    /// environment given at start; an empty string uses none.
    package var proxyURL: String?
    package var deadlines = HTTPDeadlines()
    /// Whether HTTP/2 is offered to TLS servers, and requests share connections where they speak it.
    ///
    /// Off by default: measured with libcurl 7.88, parallel requests over connections of their own move 1.2 to 2 times
    /// as much per second, with less CPU.
    package var allowsHTTP2 = false
    package var userAgent = "kbackup"

    package init() {}
}

/// How servers are verified, and how the client shows who it is.
package struct TLSConfiguration: Sendable, Hashable {
    /// PEM bytes or a file.
    package enum PEM: Sendable, Hashable {
        case file(String)
        case bytes([UInt8])
    }

    /// Certificates to trust instead of the system's; `nil` trusts the system's.
    package var certificateAuthorities: PEM?
    package var clientCertificate: PEM?
    package var clientPrivateKey: PEM?
    /// The name to send (SNI) and to look for in the server's certificate instead of the URL's host.
    package var serverName: String?
    /// Turned off only by a user who says so by name.
    package var verifiesServer = true

    package init() {}
}
