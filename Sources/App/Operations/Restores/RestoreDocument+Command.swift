import RestoreEngine
import SystemPackage

extension RestoreDocument {
    /// What finishes the restore, for a shell; `nil` where there is nothing to finish.
    ///
    /// - Parameter flags: Where the cluster and the location are, whatever the configuration says when the command is
    ///   called: a backup of the same name may lie elsewhere.
    package func finishingCommand(flags: [String]) -> String? {
        guard [RestoreReport.Phase.interrupted, .failed].map(\.rawValue).contains(phase) else { return nil }
        var words = ["kbackup", "restore", "create", name, "--from-backup", backup]
        func add(_ flag: String, _ value: String?) {
            if let value, !value.isEmpty { words += [flag, value] }
        }
        add("--cluster", backupCluster)
        add("--include-namespaces", spec.includedNamespaces.joined(separator: ","))
        add("--exclude-namespaces", spec.excludedNamespaces.joined(separator: ","))
        add("--include-resources", spec.includedResources.joined(separator: ","))
        add("--exclude-resources", spec.excludedResources.joined(separator: ","))
        add("--selector", spec.labelSelector)
        add("--include-cluster-resources", spec.includeClusterResources?.description)
        let mappings = spec.namespaceMappings.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        add("--namespace-mappings", mappings.joined(separator: ","))
        return (words + flags).map(Self.shellWord).joined(separator: " ")
    }

    /// A word as a shell reads it back.
    private static func shellWord(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:,=@%+".utf8.contains(byte)
            }
        }
        return isPlain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
    }
}

extension Settings {
    /// How the Kubernetes cluster is reached, as words of a command line, whoever said so.
    var clusterWords: [String] {
        let options: [Setting] = [.kubeconfig, .kubeContext, .impersonatedUser, .impersonatedGroups]
        return options.flatMap { setting in
            (value(setting)?.texts ?? []).filter { !$0.isEmpty }.flatMap { text in
                [setting.flag, setting == .kubeconfig ? kubeconfigWord(text) : text]
            }
        }
    }

    private func kubeconfigWord(_ text: String) -> String {
        text.split(separator: ":").map { context.absolutePath(String($0)).string }.joined(separator: ":")
    }

    /// How a location is reached, as words of a command line.
    func locationWords(named name: String) -> [String] {
        let given = flags.filter { $0.key.section == .location && $0.key != .url }.sorted { $0.key.flag < $1.key.flag }
        let isUsual = file.path == context.folders.configurationFile
        return (isUsual ? [] : ["--config", file.path.string]) + [Setting.defaultLocation.flag, name]
            + given.flatMap { setting, value in value.texts.flatMap { [setting.flag, $0] } }
    }
}
