/// How the catalog differs from a repository.
package struct SynchronizationPlan: Sendable, Hashable {
    /// Objects that the catalog does not know, in the order of the list.
    package let missing: [ListedObject]
    /// Objects that the catalog knows in another version, in the order of the list; with the version listed.
    package let stale: [ListedObject]
    /// Objects that were recorded and are no longer listed, by key.
    package let vanished: [ListedObject]

    /// What is to be read from the repository.
    package var toRead: [ListedObject] { missing + stale }
    package var isEmpty: Bool { missing.isEmpty && stale.isEmpty && vanished.isEmpty }

    init(known: [ListedObject], listed: [ListedObject]) {
        let versions = Dictionary(known.map { ($0.key, $0.versionTag) }, uniquingKeysWith: { first, _ in first })
        let present = Set(listed.map(\.key))
        missing = listed.filter { versions[$0.key] == nil }
        stale = listed.filter { object in versions[object.key].map { $0 != object.versionTag } ?? false }
        vanished = known.filter { !present.contains($0.key) }.sorted { $0.key < $1.key }
    }
}
