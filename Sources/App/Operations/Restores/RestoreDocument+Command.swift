import RestoreEngine

extension RestoreDocument {
    /// What finishes the restore, for a shell; `nil` where there is nothing to finish.
    package var finishingCommand: String? {
        let isCutOff = [RestoreReport.Phase.interrupted, .failed].map(\.rawValue).contains(phase)
        return isCutOff ? command(cluster: backupCluster, flags: []) : nil
    }

    /// What finishes the restore, called as this process was.
    ///
    /// - Parameters:
    ///   - cluster: What the user said to tell backups of one name apart.
    ///   - settings: Their flags say how the cluster and the location were reached.
    func finishingCommand(cluster: String?, settings: Settings) -> String {
        let flags = settings.flags.filter { ![.output, .logLevel].contains($0.key) }
            .sorted { $0.key.flag < $1.key.flag }
        return command(
            cluster: cluster,
            flags: flags.flatMap { setting, value in value.texts.flatMap { [setting.flag, $0] } }
        )
    }

    private func command(cluster: String?, flags: [String]) -> String {
        var words = ["kbackup", "restore", "create", name, "--from-backup", backup]
        func add(_ flag: String, _ value: String?) {
            if let value, !value.isEmpty { words += [flag, value] }
        }
        add("--cluster", cluster)
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
