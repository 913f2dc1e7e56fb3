/// One or several kubeconfig files, merged.
package struct Kubeconfig: Sendable, Hashable {
    /// An entry, and the file it stands in, from whose folder its relative paths start.
    struct Entry<Value: Sendable & Hashable>: Sendable, Hashable {
        var name: String
        var value: Value
        var file: String
    }

    struct Context: Sendable, Hashable {
        var cluster: String?
        var user: String?
        var namespace: String?
    }

    struct Cluster: Sendable, Hashable {
        var server: String?
        var tlsServerName: String?
        var insecureSkipTLSVerify = false
        var certificateAuthority: String?
        var certificateAuthorityData: String?
        var proxyURL: String?
        /// The extension `client.authentication.k8s.io/exec`, as JSON.
        var execConfiguration: [UInt8]?
    }

    struct User: Sendable, Hashable {
        var clientCertificate: String?
        var clientCertificateData: String?
        var clientKey: String?
        var clientKeyData: Secret?
        var token: Secret?
        var tokenFile: String?
        var username: String?
        var password: Secret?
        var impersonation = Impersonation()
        var exec: Exec?
        var authProvider: String?
    }

    struct Exec: Sendable, Hashable {
        var apiVersion: String
        var command: String
        var arguments: [String]
        var variables: [ExecCredentialPlugin.Variable]
        var interactiveMode: ExecCredentialPlugin.InteractiveMode?
        var installHint: String?
        var providesClusterInfo: Bool
    }

    /// The files that were read, in the order of precedence.
    package internal(set) var files: [String] = []
    package internal(set) var currentContext: String?
    var contexts: [Entry<Context>] = []
    var clusters: [Entry<Cluster>] = []
    var users: [Entry<User>] = []

    package var contextNames: [String] { contexts.map(\.name) }

    /// Adds what `other` has and `self` has not: the first file to name something wins, entry by entry.
    mutating func merge(_ other: Kubeconfig) {
        files += other.files
        currentContext = currentContext ?? other.currentContext
        contexts += other.contexts.filter { entry in !contexts.contains { $0.name == entry.name } }
        clusters += other.clusters.filter { entry in !clusters.contains { $0.name == entry.name } }
        users += other.users.filter { entry in !users.contains { $0.name == entry.name } }
    }
}
