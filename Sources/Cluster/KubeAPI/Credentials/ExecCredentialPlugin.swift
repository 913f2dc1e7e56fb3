/// A program that hands out credentials, as a kubeconfig names it (`users[].user.exec`).
package struct ExecCredentialPlugin: Sendable, Hashable {
    package enum InteractiveMode: String, Sendable, Hashable {
        case never = "Never"
        case ifAvailable = "IfAvailable"
        case always = "Always"
    }

    package struct Variable: Sendable, Hashable {
        package var name: String
        package var value: Secret
    }

    /// `client.authentication.k8s.io/v1` or `…/v1beta1`.
    package var apiVersion: String
    /// A path, or a name that is looked for in `PATH`.
    package var command: String
    package var arguments: [String]
    /// Added to, or replacing, the variables of ``environment``.
    package var variables: [Variable]
    /// The environment the program is started with.
    package var environment: [String: Secret]
    package var interactiveMode: InteractiveMode
    /// Whether there is a terminal to ask the user at.
    package var isInteractive: Bool
    /// What the kubeconfig says on how to get the program.
    package var installHint: String?
    /// `spec.cluster` of `KUBERNETES_EXEC_INFO` as JSON, when the plugin wants to know the cluster.
    package var clusterInfo: [UInt8]?
    package var timeLimit: Duration
    /// For messages: `user 'x' of '/home/x/.kube/config'`.
    package var source: String
}
