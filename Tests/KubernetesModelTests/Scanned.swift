import KubernetesModel

/// A whole list, scanned.
struct Scanned: Equatable {
    struct Item: Equatable {
        var text: String
        var apiVersion: String?
        var kind: String?
        var name: String
        var namespace: String?
        var uid: String?
        var resourceVersion: String?
        var labels: [String: String]
        var hasLabels: Bool
        var hasDeletionTimestamp: Bool
        var hasOwnerReferences: Bool
    }

    var items: [Item] = []
    var summary = ListSummary()

    init(_ chunks: [[UInt8]], scanner: ListScanner = ListScanner()) throws(JSONError) {
        var scanner = scanner
        for chunk in chunks {
            scanner.append(chunk)
            while let item = try scanner.nextItem() { items.append(Item(item)) }
        }
        summary = try scanner.finish()
    }

    init(_ text: String, scanner: ListScanner = ListScanner()) throws(JSONError) {
        try self.init([Array(text.utf8)], scanner: scanner)
    }
}

extension Scanned.Item {
    init(_ item: ScannedItem) {
        self.init(
            text: String(decoding: item.bytes, as: UTF8.self),
            apiVersion: item.apiVersion,
            kind: item.kind,
            name: item.name,
            namespace: item.namespace,
            uid: item.uid,
            resourceVersion: item.resourceVersion,
            labels: item.labels,
            hasLabels: item.hasLabels,
            hasDeletionTimestamp: item.hasDeletionTimestamp,
            hasOwnerReferences: item.hasOwnerReferences
        )
    }
}

/// Documents that scanners are tried on.
enum Sample {
    /// A list of a built-in kind, as a real server sends it: compact, with a line feed at its end.
    static let pods = #"""
        {"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"4711","continue":"eyJ2IjoibWV0YS5rOHMu=","remainingItemCount":17},"items":[{"metadata":{"name":"web-0","namespace":"shop","uid":"8f2e","resourceVersion":"4001","creationTimestamp":"2021-02-03T04:05:06Z","labels":{"app":"web","tier":"fr\u006fnt"},"ownerReferences":[{"kind":"StatefulSet","name":"web"}],"managedFields":[{"fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}}]},"spec":{"a":[1,-2.5e+3,0.0,true,false,null,{"}":"]"}],"metadata":{"name":"decoy"}},"status":{}},{"metadata":{"name":"web-1","namespace":"shop","deletionTimestamp":"2021-02-03T04:05:06Z","labels":null,"ownerReferences":[]},"spec":"\"\\\ud800\u00e9ü😀{[","labels":{"a":"decoy"}}]}

        """#

    /// Custom resources carry their kind; white space, order and unknown members are the server's business.
    static let custom = #"""
        { "unknown" : [ [ ], { } , [ { "items" : [ 1 ] } ] ],
          "items" : [ { "apiVersion":"a.io/v1" , "data" : { "name" : "x" } , "kind":"Thing",
            "metadata" : { "annotations" : { } , "labels" : { } , "n\u0061me" : "th\u0069ng" } , "z" : 12345678901234567890 } ,
            { "metadata" : { "name" : "two" , "namespace" : "" } } ] ,
          "metadata" : { "selfLink" : "" , "continue" : "" , "resourceVersion" : "9" } , "apiVersion" : "a.io/v1", "kind" : "ThingList" }
        """#

    static let empty = #"{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#
    static let null = #"{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":null}"#
    static let all = [pods, custom, empty, null]
}
