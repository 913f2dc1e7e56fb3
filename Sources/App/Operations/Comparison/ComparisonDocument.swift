import KubernetesModel

/// The comparison of two backups for programs, written object by object: memory does not grow with their number.
package struct ComparisonDocument {
    package enum Format: Sendable {
        case json
        case yaml
    }

    private let format: Format
    private var isEmpty = true

    package init(_ format: Format) { self.format = format }

    /// What comes before the objects.
    package func beginning(_ comparison: BackupComparison) throws -> String {
        var head = JSONObject()
        if let etcd = comparison.etcd { head["etcd"] = .object(["pages": etcd.json]) }
        head["from"] = .string(comparison.from)
        head["kind"] = "BackupComparison"
        head["location"] = .string(comparison.location)
        head["notCompared"] = .array(
            comparison.notCompared.map { ["data": .string($0.data), "onlyIn": .string($0.onlyIn)] }
        )
        switch format {
        case .json: return "{\n" + Self.members(head).map { "\($0),\n" }.joined() + "    \"objects\": ["
        case .yaml: return try YAMLText.render(.object(head)) + "objects:"
        }
    }

    /// One object.
    package mutating func item(_ difference: ObjectDifference) throws -> String {
        defer { isEmpty = false }
        switch format {
        case .json:
            return "\(isEmpty ? "" : ",")\n        " + MachineText.json(difference.json, indentation: 2)
        case .yaml:
            let text = try YAMLText.render(.array([difference.json]))
            return "\(isEmpty ? "\n" : "")\(text)"
        }
    }

    /// What comes after the objects.
    package func end(_ comparison: BackupComparison, _ counts: DifferenceCounts) throws -> String {
        let tail: JSONObject = ["summary": counts.json, "to": .string(comparison.to)]
        switch format {
        case .json:
            return (isEmpty ? "],\n" : "\n    ],\n") + Self.members(tail).joined(separator: ",\n") + "\n}\n"
        case .yaml: return (isEmpty ? " []\n" : "") + (try YAMLText.render(.object(tail)))
        }
    }

    private static func members(_ object: JSONObject) -> [String] {
        object.map { "    \"\($0.key.displayText)\": " + MachineText.json($0.value, indentation: 1) }
    }
}
