/// One step into a JSON document: `object["spec", "containers", 0, "image"]`.
package enum JSONPathStep: Sendable, Hashable {
    case key(String)
    case index(Int)
}

extension JSONPathStep: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    package init(stringLiteral key: String) { self = .key(key) }
    package init(integerLiteral index: Int) { self = .index(index) }
}

extension JSONValue {
    /// The value at the end of `path`; `nil` when there is none.
    ///
    /// Setting a value makes the objects on the way to it; whatever else stands in the way is replaced by them. Setting
    /// `nil` removes what is there and makes nothing. An index may be at most the array's count, which appends.
    package subscript(_ path: JSONPathStep...) -> JSONValue? {
        get { value(at: path[...]) }
        set { Self.set(newValue, at: path[...], in: &self) }
    }

    /// The same, for a path that is not known before.
    package subscript(path path: [JSONPathStep]) -> JSONValue? {
        get { value(at: path[...]) }
        set { Self.set(newValue, at: path[...], in: &self) }
    }

    /// Changes the value at the end of `path` in place.
    ///
    /// Nothing happens when there is none.
    package mutating func update(_ path: JSONPathStep..., body: (inout JSONValue) throws -> Void) rethrows {
        guard self[path: path] != nil else { return }
        var root: JSONValue? = self
        self = .null
        defer { self = root ?? .null }
        try Self.change(path[...], in: &root) { value in
            guard var present = value else { return }
            value = nil
            defer { value = present }
            try body(&present)
        }
    }

    private func value(at path: ArraySlice<JSONPathStep>) -> JSONValue? {
        guard let step = path.first else { return self }
        switch (step, self) {
        case (.key(let key), .object(let object)):
            return object[key]?.value(at: path.dropFirst())
        case (.index(let index), .array(let array)):
            return array.indices.contains(index) ? array[index].value(at: path.dropFirst()) : nil
        default:
            return nil
        }
    }

    private static func set(_ newValue: JSONValue?, at path: ArraySlice<JSONPathStep>, in root: inout JSONValue) {
        if newValue == nil, root.value(at: path) == nil { return }
        var changed: JSONValue? = root
        root = .null
        change(path, in: &changed) { $0 = newValue }
        root = changed ?? .null
    }

    private static func change(
        _ path: ArraySlice<JSONPathStep>,
        in value: inout JSONValue?,
        _ body: (inout JSONValue?) throws -> Void
    ) rethrows {
        guard let step = path.first else {
            try body(&value)
            return
        }
        let taken = value
        value = nil
        switch step {
        case .key(let key):
            var object = JSONObject()
            if case .object(let present)? = consume taken { object = present }
            defer { value = .object(object) }
            try object.update(key) { try change(path.dropFirst(), in: &$0, body) }
        case .index(let index):
            var array: [JSONValue] = []
            if case .array(let present)? = consume taken { array = present }
            precondition(index >= 0 && index <= array.count, "index \(index) is beyond an array of \(array.count)")
            defer { value = .array(array) }
            var element: JSONValue? = index < array.count ? array[index] : nil
            if index < array.count { array[index] = .null }
            defer {
                switch (element, index < array.count) {
                case (let element?, true): array[index] = element
                case (let element?, false): array.append(element)
                case (nil, true): array.remove(at: index)
                case (nil, false): break
                }
            }
            try change(path.dropFirst(), in: &element, body)
        }
    }
}
