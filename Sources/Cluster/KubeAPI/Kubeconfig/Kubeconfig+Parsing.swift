import KubernetesModel
import Yams

extension Kubeconfig {
    /// Parses one file.
    ///
    /// - Throws: ``KubeAPIError`` that names the file and the line, and quotes nothing of the file: it holds secrets.
    static func parse(_ bytes: [UInt8], file: String) throws(KubeAPIError) -> Kubeconfig {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw KubeAPIError(
                .configuration,
                "Kubeconfig '\(file)' is not UTF-8 text. Check that it is the right file."
            )
        }
        var kubeconfig = Kubeconfig()
        kubeconfig.files = [file]
        guard let root = try compose(text, file: file) else { return kubeconfig }
        let reader = KubeconfigReader(file: file)
        let top = try reader.mapping(root, "the kubeconfig")
        kubeconfig.currentContext = try reader.text(top, "current-context")
        kubeconfig.contexts = try reader.entries(top, "contexts", "context", reader.context)
        kubeconfig.clusters = try reader.entries(top, "clusters", "cluster", reader.cluster)
        kubeconfig.users = try reader.entries(top, "users", "user", reader.user)
        return kubeconfig
    }

    private static func compose(_ text: String, file: String) throws(KubeAPIError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch {
            var place = ""
            var problem = "it cannot be parsed"
            switch error as? YamlError {
            case .scanner(_, let what, let mark, _), .parser(_, let what, let mark, _),
                .composer(_, let what, let mark, _):
                (place, problem) = (" at line \(mark.line), column \(mark.column)", what)
            case .reader(let what, _, _, _): problem = what
            case .duplicatedKeysInMapping(_, let context):
                place = " at line \(context.mark.line)"; problem = "a key occurs twice"
            default: break
            }
            throw KubeAPIError(
                .configuration,
                "Kubeconfig '\(file)' is not valid YAML\(place): \(problem). Correct it."
            )
        }
    }
}
