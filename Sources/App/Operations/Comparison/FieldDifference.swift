import KubernetesModel

/// A field that differs between two objects.
package struct FieldDifference: Sendable, Equatable {
    /// `spec.replicas`, `spec.containers[web].image`, `spec.args[2]`.
    let path: String
    /// `nil`: there was none.
    let before: JSONValue?
    /// `nil`: there is none any more.
    let after: JSONValue?
    /// Whether the values are not to be told.
    var isHidden = false

    /// What stands in the place of values that are not told.
    static let hidden = "<hidden>"

    /// Every field that differs, in the order of the first document.
    ///
    /// Elements of lists are paired by their names where all have one, otherwise by their places. What servers note of
    /// who manages which field is one field, whose value is not told.
    ///
    /// - Parameter isSecret: Whether it is a Secret: what it keeps is hidden, and so is the copy of it that
    ///   `kubectl apply` leaves.
    static func all(from before: JSONValue, to after: JSONValue, isSecret: Bool) -> [FieldDifference] {
        var found: [FieldDifference] = []
        compare(before, after, at: [], &found)
        if isSecret {
            for index in found.indices where secrets.contains(where: found[index].path.isOrLiesBelow) {
                found[index].isHidden = true
            }
        }
        return found
    }

    private static let secrets = [
        "data", "stringData", "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]",
    ]

    private static func compare(
        _ before: JSONValue,
        _ after: JSONValue,
        at place: [Step],
        _ found: inout [FieldDifference]
    ) {
        switch (before, after) {
        case (.object(let left), .object(let right)) where place != managedFields:
            // Looking up each key in the list of the others would take the square of their number.
            let values = Dictionary(right.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
            let known = Set(left.lazy.map(\.key))
            for member in left {
                pair(member.value, values[member.key], at: place + [.key(member.key.displayText)], &found)
            }
            for member in right where !known.contains(member.key) {
                pair(nil, member.value, at: place + [.key(member.key.displayText)], &found)
            }
        case (.array(let left), .array(let right)) where place != managedFields:
            if let names = names(of: left), let others = names == [] ? nil : self.names(of: right) {
                let places = Dictionary(zip(others, right), uniquingKeysWith: { first, _ in first })
                for (name, value) in zip(names, left) {
                    pair(value, places[name], at: place + [.element(name)], &found)
                }
                for (name, value) in zip(others, right) where !names.contains(name) {
                    pair(nil, value, at: place + [.element(name)], &found)
                }
                return
            }
            for index in 0..<max(left.count, right.count) {
                // `nil` alone would be a JSON null.
                let one: JSONValue? = index < left.count ? left[index] : Optional.none
                let other: JSONValue? = index < right.count ? right[index] : Optional.none
                pair(one, other, at: place + [.element("\(index)")], &found)
            }
        default:
            if !before.isEquivalent(to: after) { append(before, after, place, &found) }
        }
    }

    private static func pair(
        _ before: JSONValue?,
        _ after: JSONValue?,
        at place: [Step],
        _ found: inout [FieldDifference]
    ) {
        if let before, let after { return compare(before, after, at: place, &found) }
        append(before, after, place, &found)
    }

    private static func append(
        _ before: JSONValue?,
        _ after: JSONValue?,
        _ place: [Step],
        _ found: inout [FieldDifference]
    ) {
        found.append(
            FieldDifference(
                path: Step.text(place),
                before: before,
                after: after,
                isHidden: place == managedFields
            )
        )
    }

    private static let managedFields: [Step] = [.key("metadata"), .key("managedFields")]

    /// The names of a list's elements, when each is an object with a name of its own; `nil` otherwise.
    private static func names(of elements: [JSONValue]) -> [String]? {
        var names: [String] = []
        for element in elements {
            guard let name = element.object?["name"]?.text else { return nil }
            names.append(name)
        }
        return Set(names).count == names.count ? names : nil
    }

    /// For programs, with sorted keys.
    var json: JSONValue {
        var json = JSONObject()
        if let before { json["from"] = isHidden ? .string(Self.hidden) : before }
        json["path"] = .string(path)
        if let after { json["to"] = isHidden ? .string(Self.hidden) : after }
        return .object(json)
    }

    /// For people: one line, with long values cut.
    package var text: String {
        switch (before, after) {
        case (let before?, let after?):
            isHidden ? "\(path): \(Self.hidden), changed" : "\(path): \(shown(before)) -> \(shown(after))"
        case (let before?, nil): "\(path): \(shown(before)), removed"
        case (nil, let after?): "\(path): \(shown(after)), added"
        case (nil, nil): path
        }
    }

    private static let longestValue = 80

    private func shown(_ value: JSONValue) -> String {
        if isHidden { return Self.hidden }
        var bytes: [UInt8] = []
        value.serialize(to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        return text.count <= Self.longestValue ? text : "\(text.prefix(Self.longestValue - 1))…"
    }
}

/// A step on the way to a field.
private enum Step: Equatable {
    case key(String)
    case element(String)

    static func text(_ steps: [Step]) -> String {
        var text = ""
        for step in steps {
            switch step {
            // A key with dots would look like several.
            case .key(let key) where key.contains("."): text += "[\(key)]"
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .element(let name): text += "[\(name)]"
            }
        }
        return text
    }
}

extension String {
    /// Whether a path is `parent`, or one below it.
    fileprivate func isOrLiesBelow(_ parent: String) -> Bool {
        guard hasPrefix(parent) else { return false }
        let rest = dropFirst(parent.count)
        return rest.isEmpty || rest.hasPrefix(".") || rest.hasPrefix("[")
    }
}
