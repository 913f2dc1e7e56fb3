import SystemPackage
import Yams

/// Reads the fields of a YAML file strictly: whatever is not expected is an error that names the file and the line.
struct YAMLFields {
    struct Field {
        var key: String
        var keyNode: Node
        var value: Node
    }

    let path: FilePath

    /// The document's root; `nil` when the file says nothing.
    func root(of text: String) throws(OperationError) -> Node? {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw OperationError(
                .usage,
                "'\(path)'\(Self.place(of: error)) is not valid YAML: \(Self.problem(in: error))."
            )
        }
        guard let node, !isNull(node) else { return nil }
        return node
    }

    /// The fields of a mapping.
    ///
    /// - Parameter place: What the mapping is, for messages.
    /// - Throws: ``OperationError`` when it is no mapping, or has a key that is not `known`.
    func fields(of node: Node, known: [String], in place: String) throws(OperationError) -> [Field] {
        if isNull(node) { return [] }
        guard case .mapping(let mapping) = node else {
            throw error(node, "\(place) must be a mapping of keys to values")
        }
        var fields: [Field] = []
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard known.contains(name) else {
                throw error(key, "\(place) has no setting '\(name)'. Known are: \(known.joined(separator: ", "))")
            }
            fields.append(Field(key: name, keyNode: key, value: value))
        }
        return fields
    }

    func items(of node: Node, in place: String) throws(OperationError) -> [Node] {
        if isNull(node) { return [] }
        guard case .sequence(let sequence) = node else { throw error(node, "\(place) must be a list") }
        return Array(sequence)
    }

    /// One text, or with `isList` a list of them (a single text counts as a list of one).
    func texts(of field: Field, isList: Bool) throws(OperationError) -> [String] {
        if let scalar = field.value.scalar { return [scalar.string] }
        guard isList, case .sequence(let sequence) = field.value else {
            throw error(field.value, "'\(field.key)' must be \(isList ? "a list of texts" : "a single value")")
        }
        var texts: [String] = []
        for item in sequence {
            guard let scalar = item.scalar else { throw error(item, "'\(field.key)' must be a list of texts") }
            texts.append(scalar.string)
        }
        return texts
    }

    func isNull(_ node: Node) -> Bool { node.scalar?.style == .plain && node.null != nil }

    func line(of node: Node) -> Int { node.mark?.line ?? 1 }

    func error(_ node: Node, _ problem: String) -> OperationError {
        OperationError(.usage, "'\(path)', line \(line(of: node)): \(problem).")
    }

    private static func place(of error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            ", line \(mark.line),"
        default: ""
        }
    }

    private static func problem(in error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
            .composer(let context, let problem, _, _):
            [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
        case .reader(let problem, let offset, _, _):
            "\(problem)\(offset.map { " at byte \($0)" } ?? "")"
        case .duplicatedKeysInMapping(let duplicates, _):
            "\(duplicates.map { "'\($0)'" }.joined(separator: ", ")) is there twice"
        default:
            "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
