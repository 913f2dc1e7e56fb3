import KubernetesModel
import Repository

/// What is known of a comparison of two backups before their objects are compared.
package struct BackupComparison: Sendable, Equatable {
    package let from: String
    package let to: String
    package let location: String
    /// Of the pages of the etcd databases, when both have one.
    package internal(set) var etcd: DifferenceCounts?
    /// The kinds of data (`objects`, `etcd`) that only one backup holds, and which.
    package internal(set) var notCompared: [NotCompared] = []

    package struct NotCompared: Sendable, Equatable {
        package let data: String
        package let onlyIn: String
    }

    init(from: String, to: String, location: String) {
        self.from = from
        self.to = to
        self.location = location
    }

    mutating func onlyOneHas(_ data: String, _ backup: String) {
        notCompared.append(NotCompared(data: data, onlyIn: backup))
    }

    /// Whether the backups differ in anything but their objects.
    package var differs: Bool { etcd?.isEmpty == false || !notCompared.isEmpty }
}

/// How many entries differ.
package struct DifferenceCounts: Sendable, Equatable {
    package internal(set) var added = 0
    package internal(set) var removed = 0
    package internal(set) var changed = 0

    package var isEmpty: Bool { added + removed + changed == 0 }

    mutating func add(_ difference: ManifestDifference) {
        switch difference {
        case .added: added += 1
        case .removed: removed += 1
        case .changed: changed += 1
        }
    }

    var json: JSONValue { ["added": .integer(added), "changed": .integer(changed), "removed": .integer(removed)] }
}

/// An object that differs.
package struct ObjectDifference: Sendable, Equatable {
    package enum Change: String, Sendable {
        case added
        case removed
        case changed
    }

    package let change: Change
    /// `deployments.apps/shop/web`.
    package let object: String
    /// What changed in it; `nil` when that was not asked for, or it is not one that changed.
    package let fields: [FieldDifference]?
    private let key: StoredObjectKey?

    init(_ difference: ManifestDifference, fields: [FieldDifference]?) {
        switch difference {
        case .added: change = .added
        case .removed: change = .removed
        case .changed: change = .changed
        }
        key = StoredObjectKey(bytes: difference.key)
        object = key?.description ?? String(decoding: difference.key, as: UTF8.self)
        self.fields = fields
    }

    /// For programs, with sorted keys.
    var json: JSONValue {
        var json: JSONObject = ["change": .string(change.rawValue)]
        if let fields { json["fields"] = .array(fields.map(\.json)) }
        json["name"] = .string(key?.name ?? object)
        if let key, !key.namespace.isEmpty { json["namespace"] = .string(key.namespace) }
        if let key { json["resource"] = .string(key.qualifiedResource) }
        return .object(json)
    }
}
