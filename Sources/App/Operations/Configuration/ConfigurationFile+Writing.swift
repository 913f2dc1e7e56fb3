import SystemPackage
import Yams

extension ConfigurationFile {
    /// Where the file as it was before the last change is kept.
    var backupPath: FilePath { FilePath(path.string + ".bak") }

    /// Writes the file anew, 0600, and keeps the one before as `config.yaml.bak`.
    ///
    /// - Returns: Whether the file before had comments, which are only in the copy now.
    func write() throws(OperationError) -> Bool {
        try PrivateFile.makeFolder(path.removingLastComponent())
        if let previous = try PrivateFile.read(path) { try PrivateFile.replace(backupPath, previous) }
        try PrivateFile.replace(path, Array(try text().utf8))
        return hasComments
    }

    /// The file's text.
    func text() throws(OperationError) -> String {
        var root = Self.pairs(of: .general, in: values)
        let etcd = Self.pairs(of: .etcd, in: values)
        if !etcd.isEmpty { root.append((Node("etcd"), Node(etcd))) }
        let items = locations.map { location in
            Node([(Node("name"), Self.node(location.name))] + Self.pairs(of: .location, in: location.values))
        }
        if !items.isEmpty { root.append((Node("locations"), Node(items))) }
        if root.isEmpty { return "" }
        do {
            return try Yams.serialize(node: Node(root), width: -1, allowUnicode: true)
        } catch {
            throw OperationError(.failed, "'\(path)' cannot be written: \(error).")
        }
    }

    private static func pairs(of section: Setting.Section, in values: [Setting: SettingValue]) -> [(Node, Node)] {
        Setting.allCases.compactMap { setting in
            guard setting.section == section, let value = values[setting] else { return nil }
            let key = Node(setting.localKey)
            switch setting.kind {
            case .list: return (key, Node(value.texts.map(node)))
            case .boolean: return (key, Node(value.text))
            case .text, .path, .choice, .period: return (key, node(value.text))
            }
        }
    }

    /// A text, quoted where it would be read as something else.
    private static func node(_ text: String) -> Node { YAMLText.node(text: text) }
}
