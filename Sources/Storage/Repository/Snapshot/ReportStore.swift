package import ObjectStore

/// Reports of restores: small sealed documents that outlive the machine they were made on.
///
/// A restore writes a report when it begins, some on its way, and one when it ends: `restores/<cluster>/<name>/1`, `2`, ….
/// None is ever changed; the one with the highest number counts. A number is claimed by a create-only write: of two
/// processes that go on with one restore, one finds out.
package struct ReportStore: Sendable {
    static let prefix = "restores/"

    let store: any ObjectStore
    let keys: RepositoryKeys

    /// The last report of a restore.
    package struct Listed: Sendable, Hashable {
        package let name: SnapshotName
        /// From 1 on.
        package let number: Int
        package let key: ObjectKey
        package let version: VersionTag
    }

    private static func prefix(of name: SnapshotName) -> String { "\(prefix)\(name.cluster)/\(name.name)/" }

    private static func key(_ name: SnapshotName, _ number: Int) -> ObjectKey {
        ObjectKey("\(prefix(of: name))\(number)")
    }

    /// The last report of every restore, sorted by cluster and name.
    package func list() async throws -> [Listed] { try await last(under: Self.prefix) }

    /// The last report of one restore; `nil` when there is none of that name.
    package func last(of name: SnapshotName) async throws -> Listed? {
        try await last(under: Self.prefix(of: name)).first
    }

    /// Every report of every restore.
    func all() async throws -> [Listed] { try await store.list(prefix: Self.prefix).compactMap(Listed.init) }

    private func last(under prefix: String) async throws -> [Listed] {
        var last: [SnapshotName: Listed] = [:]
        try await store.list(prefix: prefix) { objects in
            for listed in objects.compactMap(Listed.init) where last[listed.name]?.number ?? 0 < listed.number {
                last[listed.name] = listed
            }
        }
        return last.values.sorted { ($0.name.cluster, $0.name.name) < ($1.name.cluster, $1.name.name) }
    }

    /// Writes a report.
    ///
    /// - Parameter number: One more than the last report of that restore has.
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/nameTaken`` when there is a report of that number.
    package func write(_ report: [UInt8], named name: SnapshotName, number: Int) async throws -> Listed {
        let key = Self.key(name, number)
        let bytes = try Envelope.seal(report, named: key.rawValue, keys: keys)
        do {
            let version = try await store.put(bytes, at: key, if: .absent)
            return Listed(name: name, number: number, key: key, version: version)
        } catch let error as ObjectStoreError where error.code == .conflict {
            throw RepositoryError(.nameTaken, "There is a restore '\(name.name)' already in '\(store.location)'.")
        }
    }

    /// Reads a report.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/backupNotFound`` or
    ///   ``RepositoryError/Code/damaged``.
    package func read(_ listed: Listed) async throws -> [UInt8] {
        do {
            return try await Envelope.read(listed.key, from: store, keys: keys)
        } catch let error as ObjectStoreError where error.code == .notFound {
            throw RepositoryError(
                .backupNotFound,
                "There is no restore '\(listed.name.name)' in '\(store.location)'. 'kbackup restore get' lists what there "
                    + "is."
            )
        }
    }
}

extension ReportStore.Listed {
    /// - Returns: `nil` for an object that is no report.
    fileprivate init?(_ object: ObjectStat) {
        let parts = object.key.rawValue.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let number = Int(parts[3]), number > 0, String(number) == parts[3] else { return nil }
        self.init(
            name: SnapshotName(cluster: parts[1], name: parts[2]),
            number: number,
            key: object.key,
            version: object.version
        )
    }
}
