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
                environment["KUBECONFIG"] = try kubeconfigFiles(kubeconfig)
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

    /// The files of a list, of which some need not exist.
    ///
    /// Without any of them, the cluster would be one that nobody has named.
    private func kubeconfigFiles(_ list: String) throws(OperationError) -> String {
        let paths = list.split(separator: ":").map { context.absolutePath(String($0)).string }
        guard paths.contains(where: FileManager.default.fileExists(atPath:)) else {
            throw OperationError(.usage, "None of the kubeconfig files '\(list)' exists.")
        }
        return paths.joined(separator: ":")
    }

    /// Whether an etcd cluster is configured.
    var hasEtcd: Bool { value(.etcdEndpoints)?.texts.isEmpty == false }

    /// Sees to it that nobody believes to back etcd up who has not said where it is.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` when the command line has options of etcd, and
    ///   no endpoint is known.
    func requireEndpointsForEtcdFlags() throws(OperationError) {
        let options: [Setting] = [.etcdCACert, .etcdCert, .etcdKey, .etcdUser, .etcdPasswordFile]
        guard !hasEtcd, let option = options.first(where: { flags[$0] != nil }) else { return }
        throw OperationError(
            .usage,
            "\(flag(option)) is of no use without endpoints, and etcd would not be backed up. Give \(flag(.etcdEndpoints)), "
                + "or leave it out."
        )
    }

    /// A client of the etcd cluster that the settings name.
    func etcdClient() throws -> EtcdClient {
        var configuration = EtcdEndpointConfiguration(endpoints: value(.etcdEndpoints)?.texts ?? [])
        configuration.optionPrefix = String(flag(.etcdEndpoints).dropLast("endpoints".count))
        configuration.tls.certificateAuthorities = try existingFile(.etcdCACert).map { .file($0) }
        configuration.tls.clientCertificate = try existingFile(.etcdCert).map { .file($0) }
        configuration.tls.clientPrivateKey = try existingFile(.etcdKey).map { .file($0) }
        guard (configuration.tls.clientCertificate == nil) == (configuration.tls.clientPrivateKey == nil) else {
            throw OperationError(
                .usage,
                "A client certificate for etcd needs its key, and the other way round: give both \(flag(.etcdCert)) and "
                    + "\(flag(.etcdKey))."
            )
        }
        configuration.credentials = try etcdCredentials()
        return try EtcdClient(configuration)
    }

    func etcdCredentials() throws -> EtcdCredentials? {
        let password = try etcdPassword()
        guard let user = text(.etcdUser) else {
            guard let password else { return nil }
            throw OperationError(
                .usage,
                "\(password.source) gives the password of an etcd user, and none is named. Give \(flag(.etcdUser)), or leave "
                    + "the password out."
            )
        }
        guard let password else {
            throw OperationError(
                .accessDenied,
                "Etcd user '\(user)' needs a password: set KBACKUP_ETCD_PASSWORD or give \(flag(.etcdPasswordFile))."
            )
        }
        return EtcdCredentials(username: user, password: try password.read())
    }

    /// Where the password is: a flag counts more than a variable, a variable more than the file.
    private func etcdPassword() throws(OperationError) -> (source: String, read: () throws -> String)? {
        let variable = context.environment["KBACKUP_ETCD_PASSWORD"].flatMap { $0.isEmpty ? nil : $0 }
        if let variable, flags[.etcdPasswordFile] == nil {
            if let other = variables[.etcdPasswordFile] {
                throw OperationError(
                    .usage,
                    "KBACKUP_ETCD_PASSWORD and \(other.source) exclude each other: an etcd user has one password."
                )
            }
            return ("KBACKUP_ETCD_PASSWORD", { variable })
        }
        guard let file = value(.etcdPasswordFile), !file.text.isEmpty else { return nil }
        return ("\(file.source)", { try readPassword(file.text) })
    }

    private func readPassword(_ path: String) throws -> String {
        try NamedFile.check(path, of: .etcdPasswordFile, flag: flag(.etcdPasswordFile), isSecret: true)
        if PrivateFile.isOpenToOthers(FilePath(path)) {
            context.notify(.warning("Other users may read the password file '\(path)'. Close it with 'chmod 600'."))
        }
        // An editor ends a file with a line break, which nobody means.
        let bytes = try PrivateFile.read(FilePath(path)) ?? []
        guard let line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first else {
            throw OperationError(.accessDenied, "Password file '\(path)' holds no password.")
        }
        return String(line)
    }

    /// The path of a file, which must be readable.
    private func existingFile(_ setting: Setting) throws -> String? {
        guard let path = text(setting) else { return nil }
        try NamedFile.check(path, of: setting, flag: flag(setting), isSecret: setting != .etcdCACert)
        return path
    }
}
