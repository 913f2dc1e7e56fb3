import KubernetesModel

/// A kind whatever its version, as references name it.
struct GroupKind: Sendable, Hashable {
    let group: String
    let kind: String

    init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }

    init(apiVersion: String, kind: String) {
        let slash = apiVersion.firstIndex(of: "/")
        self.init(group: slash.map { String(apiVersion[..<$0]) } ?? "", kind: kind)
    }

    /// The resources of a backup by kind.
    static func resources(of backedUp: [BackedUpResource]) -> [GroupKind: GroupResource] {
        Dictionary(
            backedUp.map { (GroupKind(group: $0.group, kind: $0.kind), $0.groupResource) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
