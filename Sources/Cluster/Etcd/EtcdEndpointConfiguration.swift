package import HTTPTransport

/// Where an etcd cluster is, and how to show who asks.
package struct EtcdEndpointConfiguration: Sendable, Hashable {
    /// Client URLs of the members, such as `https://10.0.0.1:2379`, tried in this order.
    ///
    /// A `host:port` without a scheme is `https` when any TLS option is given, else `http`.
    package var endpoints: [String]
    package var tls = TLSConfiguration()
    package var credentials: EtcdCredentials?
    /// Bounds for every request. A snapshot has no bound on its whole, unless one is set here: it takes as long as its
    /// reader does.
    package var deadlines = HTTPDeadlines()
    /// As ``HTTPTransport/HTTPClientConfiguration/proxyURL``.
    package var proxyURL: String?

    package init(endpoints: [String]) {
        self.endpoints = endpoints
    }
}
