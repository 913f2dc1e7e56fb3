/// The members of a JSON object in the order of the document.
///
/// Keys are unique.
package struct JSONObject: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package var key: JSONString
        package var value: JSONValue
    }

    package private(set) var members: [Member] = []

    package init() {}

    package init(_ members: [(String, JSONValue)]) {
        for (key, value) in members { self[key] = value }
    }

    /// - Parameter members: With unique keys; the parser has checked them.
    init(unique members: [Member]) { self.members = members }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    /// Keys as text; a key with a lone surrogate shows U+FFFD.
    package var keys: [String] { members.map(\.key.displayText) }

    /// The value under `key`.
    ///
    /// A new key goes to the end, `nil` removes the member.
    package subscript(_ key: String) -> JSONValue? {
        get { self[JSONString(key)] }
        set { self[JSONString(key)] = newValue }
    }

    /// The value under `key`.
    ///
    /// A new key goes to the end, `nil` removes the member.
    package subscript(_ key: JSONString) -> JSONValue? {
        get { members.first { $0.key == key }?.value }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    package func contains(_ key: String) -> Bool {
        let key = JSONString(key)
        return members.contains { $0.key == key }
    }

    /// Removes the members that `isRemoved` says so of.
    package mutating func removeAll(where isRemoved: (Member) throws -> Bool) rethrows {
        try members.removeAll(where: isRemoved)
    }

    /// Changes the value under `key` in place, without a copy of it; `nil` removes it.
    package mutating func update(_ key: String, _ body: (inout JSONValue?) throws -> Void) rethrows {
        let key = JSONString(key)
        guard let index = members.firstIndex(where: { $0.key == key }) else {
            var value: JSONValue?
            try body(&value)
            if let value { members.append(Member(key: key, value: value)) }
            return
        }
        // Taken out, so that it is not shared while it changes.
        var value: JSONValue? = members[index].value
        members[index].value = .null
        defer {
            if let value { members[index].value = value } else { members.remove(at: index) }
        }
        try body(&value)
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
