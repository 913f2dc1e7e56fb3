import Etcd
import Foundation
import HTTPTransport
import KubeAPI
import SystemPackage

extension Settings {
    /// A client of the Kubernetes API that the settings name.
    ///
    /// Nothing is asked of it yet.
    func kubeClient() throws -> KubeClient {
        var options = KubeConnectionOptions()
        var environment = context.environment
        if let kubeconfig = text(.kubeconfig) {
            if kubeconfig.contains(":") {
                // Several files, as in $KUBECONFIG.
                environment["KUBECONFIG"] = kubeconfig
            } else {
                options.kubeconfig = context.absolutePath(kubeconfig).string
            }
        }
        options.context = text(.kubeContext)
        options.impersonation = Impersonation(
            user: text(.impersonatedUser),
            groups: value(.impersonatedGroups)?.texts ?? []
        )
        options.isInteractive = context.askPassphrase != nil
        let connection = try KubeConnection.resolve(options, environment: environment, now: context.now())
        for warning in connection.warnings { context.notify(.warning(warning)) }
        return KubeClient(connection: connection, logger: context.logger)
    }

    /// Whether an etcd cluster is configured.
    var hasEtcd: Bool { value(.etcdEndpoints)?.texts.isEmpty == false }

    /// A client of the etcd cluster that the settings name.
    func etcdClient() throws -> EtcdClient {
        var configuration = EtcdEndpointConfiguration(endpoints: value(.etcdEndpoints)?.texts ?? [])
        configuration.tls.certificateAuthorities = try existingFile(.etcdCACert).map { .file($0) }
        configuration.tls.clientCertificate = try existingFile(.etcdCert).map { .file($0) }
        configuration.tls.clientPrivateKey = try existingFile(.etcdKey).map { .file($0) }
        guard (configuration.tls.clientCertificate == nil) == (configuration.tls.clientPrivateKey == nil) else {
            throw OperationError(.usage, "A client certificate for etcd needs its key, and the other way round.")
        }
        configuration.credentials = try etcdCredentials()
        return try EtcdClient(configuration)
    }

    private func etcdCredentials() throws -> EtcdCredentials? {
        guard let user = text(.etcdUser) else { return nil }
        if let password = context.environment["KBACKUP_ETCD_PASSWORD"], !password.isEmpty {
            return EtcdCredentials(username: user, password: password)
        }
        guard let path = try existingFile(.etcdPasswordFile), let bytes = try PrivateFile.read(.init(path)) else {
            throw OperationError(
                .accessDenied,
                "Etcd user '\(user)' needs a password: set KBACKUP_ETCD_PASSWORD or give --etcd-password-file."
            )
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return EtcdCredentials(username: user, password: String(lines.first ?? ""))
    }

    /// The path of a file, which must be readable.
    private func existingFile(_ setting: Setting) throws -> String? {
        guard let path = text(setting) else { return nil }
        try NamedFile.check(path, of: setting, isSecret: setting != .etcdCACert)
        return path
    }
}
