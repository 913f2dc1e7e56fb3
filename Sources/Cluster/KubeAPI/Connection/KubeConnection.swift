package import HTTPTransport

/// Everything that is needed to reach an API server.
package struct KubeConnection: Sendable, Hashable {
    /// `https://host:port`, perhaps with a path, without a slash at the end.
    package var server: String
    package var tls: TLSConfiguration
    /// See ``HTTPClientConfiguration/proxyURL``.
    package var proxyURL: String?
    package var credentials: KubeCredentials
    package var impersonation: Impersonation
    /// The namespace that the context names; `default` when it names none.
    package var namespace: String
    /// `nil` inside a cluster.
    package var contextName: String?
    /// For messages: `context 'prod' of '/home/x/.kube/config'`, `the pod's service account`.
    package var source: String
    /// What the user should be told: unverified TLS, for example.
    ///
    /// Full sentences.
    package var warnings: [String]

    package init(
        server: String,
        tls: TLSConfiguration = TLSConfiguration(),
        proxyURL: String? = nil,
        credentials: KubeCredentials = .none,
        impersonation: Impersonation = Impersonation(),
        namespace: String = "default",
        contextName: String? = nil,
        source: String = "the given address",
        warnings: [String] = []
    ) {
        self.server = server
        self.tls = tls
        self.proxyURL = proxyURL
        self.credentials = credentials
        self.impersonation = impersonation
        self.namespace = namespace
        self.contextName = contextName
        self.source = source
        self.warnings = warnings
    }
}
