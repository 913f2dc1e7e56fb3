import ArgumentParser
import Operations

/// Which cluster, and as whom.
struct KubernetesOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The kubeconfig file. (default: $KUBECONFIG, ~/.kube/config, or the pod's service account)",
            valueName: "file"
        ),
        completion: .file()
    )
    var kubeconfig: String?

    @Option(
        name: [.customLong("context"), .customLong("kubecontext")],
        help: ArgumentHelp("The context of the kubeconfig. (default: its current one)", valueName: "name")
    )
    var context: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("The user whose rights to use.", valueName: "user"))
    var impersonatedUser: String?

    @Option(
        name: .customLong("as-group"),
        help: ArgumentHelp("The groups whose rights to use; may be repeated.", valueName: "group")
    )
    var impersonatedGroups: [String] = []

    var flags: [Setting: [String]] {
        [Setting: [String]].given([.kubeconfig: kubeconfig, .kubeContext: context, .impersonatedUser: impersonatedUser])
            .adding([.impersonatedGroups: impersonatedGroups])
    }
}
