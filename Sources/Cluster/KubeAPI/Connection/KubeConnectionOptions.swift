/// What a user says about the connection; `nil` leaves it to the kubeconfig.
package struct KubeConnectionOptions: Sendable, Hashable {
    /// One kubeconfig file, instead of `$KUBECONFIG` and `~/.kube/config`.
    package var kubeconfig: String?
    package var context: String?
    /// The name of a cluster of the kubeconfig, instead of the context's.
    package var cluster: String?
    /// The name of a user of the kubeconfig, instead of the context's.
    package var user: String?
    package var namespace: String?
    /// `--as`, `--as-group`, `--as-uid`; replaces the kubeconfig's when not empty.
    package var impersonation = Impersonation()
    /// Whether a credential plugin may ask the user: standard input is a terminal.
    package var isInteractive = false
    /// How long a credential plugin may take.
    package var execTimeLimit: Duration = .seconds(60)
    /// Where a pod finds its service account.
    package var serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    package init() {}
}
