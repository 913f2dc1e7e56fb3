import KubernetesModel
import Testing

@testable import RestoreEngine

/// Reads an object from JSON in which single quotes may stand for double ones.
func object(_ json: String) throws -> KubernetesObject {
    try KubernetesObject(parsing: Array(json.replacing("'", with: "\"").utf8))
}

/// An object as text, with sorted keys: for comparisons that show what differs.
func text(_ object: KubernetesObject) -> String { text(.object(object.root)) }

func text(_ value: JSONValue) -> String {
    switch value {
    case .object(let object):
        let members = object.map { "\($0.key): \(text($0.value))" }.sorted()
        return "{\(members.joined(separator: ", "))}"
    case .array(let array): return "[\(array.map(text).joined(separator: ", "))]"
    default: return String(decoding: value.serialized(), as: UTF8.self)
    }
}

/// What an action makes of an object.
func shaped(
    _ json: String,
    by action: some RestoreAction,
    in context: ActionContext = ActionContext()
) throws -> (object: String, remarks: [String]) {
    var object = try object(json)
    var context = context
    action.apply(to: &object, in: &context)
    return (text(object), context.remarks)
}

/// A row of a table test: before and after an action.
struct Shaping: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: String
    let after: String
    var mapping: [String: String] = [:]
    var remarks = 0

    init(_ what: String, _ before: String, _ after: String, mapping: [String: String] = [:], remarks: Int = 0) {
        testDescription = what
        self.before = before
        self.after = after
        self.mapping = mapping
        self.remarks = remarks
    }

    func check(_ action: some RestoreAction, in given: ActionContext = ActionContext()) throws {
        var context = given
        context.mapping = NamespaceMapping(mapping)
        let result = try shaped(before, by: action, in: context)
        #expect(result.object == text(try object(after)))
        #expect(result.remarks.count == remarks)
    }
}

/// A key from `deployments.apps/shop/web` or `nodes/a`.
func key(_ text: String) throws -> StoredObjectKey {
    let parts = text.split(separator: "/").map(String.init)
    let resource = GroupResource(try #require(parts.first))
    return StoredObjectKey(
        group: resource.group,
        resource: resource.resource,
        namespace: parts.count > 2 ? parts[1] : "",
        name: try #require(parts.last)
    )
}
