package import HTTPTransport
package import Logging

/// Talks to one API server.
///
/// Copies share credentials and connections. Every method throws ``KubeAPIError`` or `CancellationError`; requests are
/// repeated where that is safe, within ``retryPolicy``, and once with fresh credentials when the server refuses them.
package struct KubeClient: Sendable {
    package let connection: KubeConnection
    package var retryPolicy: RetryPolicy
    let credentials: CredentialSource
    let logger: Logger

    package init(
        connection: KubeConnection,
        retryPolicy: RetryPolicy = RetryPolicy(),
        logger: Logger = Logger(label: "kbackup.kubeapi")
    ) {
        self.connection = connection
        self.retryPolicy = retryPolicy
        self.logger = logger
        credentials = CredentialSource(connection)
    }
}
