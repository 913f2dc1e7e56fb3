import FoundationEssentials
import KubernetesModel

/// What a credential plugin answers.
struct ExecCredential: Sendable {
    var token: Secret?
    /// PEM.
    var clientCertificate: [UInt8]?
    /// PEM.
    var clientKey: Secret?
    var expiration: Date?

    /// - Throws: ``KubeAPIError`` that quotes nothing of `output`, which holds secrets.
    init(_ output: [UInt8], from plugin: ExecCredentialPlugin) throws(KubeAPIError) {
        func problem(_ what: String) -> KubeAPIError {
            KubeAPIError(
                .credentials,
                "Credential plugin '\(plugin.command)' (\(plugin.source)) \(what). Run it by hand to see why."
            )
        }
        guard let object = try? KubernetesObject(parsing: output), object.kind == "ExecCredential" else {
            throw problem("did not print an ExecCredential")
        }
        guard object.apiVersion == plugin.apiVersion else {
            throw problem("answered in another API version than '\(plugin.apiVersion)', which the kubeconfig asks for")
        }
        token = object["status", "token"]?.text.map(Secret.init)
        clientCertificate = object["status", "clientCertificateData"]?.text.map { Array($0.utf8) }
        clientKey = object["status", "clientKeyData"]?.text.map(Secret.init)
        guard token != nil || clientCertificate != nil else {
            throw problem("printed neither a token nor a certificate")
        }
        guard (clientCertificate == nil) == (clientKey == nil) else {
            throw problem("printed a certificate without its key, or a key without its certificate")
        }
        if let text = object["status", "expirationTimestamp"]?.text {
            guard let date = Self.date(text) else {
                throw problem("printed an expirationTimestamp that is no RFC 3339 time")
            }
            expiration = date
        }
    }

    private static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
