package import HTTPTransport

/// Where an etcd cluster is, and how to show who asks.
package struct EtcdEndpointConfiguration: Sendable, Hashable {
    /// Client URLs of the members, such as `https://10.0.0.1:2379`, tried in this order.
    package var endpoints: [String]
    package var tls = TLSConfiguration()
    package var credentials: EtcdCredentials?
    /// Bounds for every request.
    ///
    /// A snapshot has no bound on its whole, unless one is set here: it takes as long as its
    /// reader does.
    package var deadlines = HTTPDeadlines()
    /// How often all endpoints are tried again when each failed for the moment.
    ///
    /// Nothing is tried again once a snapshot has begun to flow.
    package var retry = Self.defaultRetry
    /// How options of etcd begin on the user's command line, for messages: `--`, as those of `etcdctl` do, or `--etcd-`.
    package var optionPrefix = "--"
    /// As ``HTTPTransport/HTTPClientConfiguration/proxyURL``.
    package var proxyURL: String?

    package init(endpoints: [String]) {
        self.endpoints = endpoints
    }

    /// Members are near and answer at once; a cluster elects a leader anew within a few seconds.
    private static var defaultRetry: RetryPolicy {
        var policy = RetryPolicy()
        policy.maximumAttempts = 4
        policy.maximumDelay = .seconds(5)
        policy.totalBudget = .seconds(60)
        return policy
    }
}
