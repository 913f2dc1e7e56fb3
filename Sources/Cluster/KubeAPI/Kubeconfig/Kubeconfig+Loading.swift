extension Kubeconfig {
    /// Finds and reads the kubeconfig as kubectl does: the given file; else the files of `$KUBECONFIG`, merged; else
    /// `~/.kube/config`.
    ///
    /// - Parameter path: A file that must exist. Files of `$KUBECONFIG` need not.
    /// - Returns: `nil` when there is none.
    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/configuration``.
    package static func load(path: String?, environment: [String: String]) throws(KubeAPIError) -> Kubeconfig? {
        if let path { return try parse(TextFile.read(path, what: "kubeconfig"), file: path) }
        let paths = candidates(environment)
        var merged: Kubeconfig?
        for path in paths where TextFile.exists(path) {
            let kubeconfig = try parse(TextFile.read(path, what: "kubeconfig"), file: path)
            if merged == nil { merged = kubeconfig } else { merged?.merge(kubeconfig) }
        }
        return merged
    }

    /// Where a kubeconfig is looked for when no file is given.
    static func candidates(_ environment: [String: String]) -> [String] {
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !listed.isEmpty { return listed }
        return environment["HOME"].map { ["\($0)/.kube/config"] } ?? []
    }
}
