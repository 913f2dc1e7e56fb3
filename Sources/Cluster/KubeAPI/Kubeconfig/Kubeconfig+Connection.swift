package import FoundationEssentials
import HTTPTransport

extension Kubeconfig {
    /// What the chosen context stands for.
    ///
    /// - Parameters:
    ///   - environment: Passed on to a credential plugin.
    ///   - now: Against which the validity of a client certificate is checked.
    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/configuration`` or ``KubeAPIError/Code/credentials``.
    package func connection(
        _ options: KubeConnectionOptions,
        environment: [String: String],
        now: Date = Date()
    ) throws(KubeAPIError) -> KubeConnection {
        try ConnectionBuilder(kubeconfig: self, options: options, environment: environment, now: now).build()
    }
}

extension KubeConnection {
    /// Finds out how to reach the cluster: from the kubeconfig (see ``Kubeconfig/load(path:environment:)``), or, in a pod
    /// without one, from its service account.
    ///
    /// - Parameters:
    ///   - environment: Of the process: `KUBECONFIG`, `HOME`, `KUBERNETES_SERVICE_HOST`, and what credential plugins need.
    ///   - now: Against which the validity of a client certificate is checked.
    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/configuration`` or ``KubeAPIError/Code/credentials``.
    package static func resolve(
        _ options: KubeConnectionOptions,
        environment: [String: String],
        now: Date = Date()
    ) throws(KubeAPIError) -> KubeConnection {
        let kubeconfig = try Kubeconfig.load(path: options.kubeconfig, environment: environment)
        let isAskedFor = options.kubeconfig != nil || options.context != nil || options.cluster != nil
        if let kubeconfig, isAskedFor || !kubeconfig.contexts.isEmpty {
            return try kubeconfig.connection(options, environment: environment, now: now)
        }
        if let connection = try inCluster(options, environment: environment) { return connection }
        let places = Kubeconfig.candidates(environment).map { "'\($0)'" }.joined(separator: ", ")
        let looked = places.isEmpty ? "neither KUBECONFIG nor HOME is set" : "looked for \(places)"
        throw KubeAPIError(
            .configuration,
            "There is no kubeconfig (\(looked)), and this is no pod with a service account. "
                + "Name one with '--kubeconfig' or KUBECONFIG."
        )
    }

    /// The service account of the pod that this process runs in.
    ///
    /// - Returns: `nil` outside a cluster.
    package static func inCluster(
        _ options: KubeConnectionOptions,
        environment: [String: String]
    ) throws(KubeAPIError) -> KubeConnection? {
        let directory = options.serviceAccountDirectory
        let tokenFile = "\(directory)/token"
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
            !host.isEmpty, TextFile.exists(tokenFile)
        else { return nil }
        var connection = KubeConnection(server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)")
        // Read now: a mounted CA is replaced under a running pod, and every new connection would read it again.
        let authority = try TextFile.read("\(directory)/ca.crt", what: "certificate of the service account")
        connection.tls.certificateAuthorities = .bytes(authority)
        connection.credentials = .tokenFile(path: tokenFile, fallback: nil)
        connection.impersonation = options.impersonation
        connection.source = "the pod's service account"
        let namespace = (try? TextFile.read("\(directory)/namespace", what: "namespace"))
            .map { String(String(decoding: $0, as: UTF8.self).trimmed) }
        connection.namespace = options.namespace ?? namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        return connection
    }
}
