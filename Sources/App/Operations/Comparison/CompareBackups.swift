import BackupEngine
import KubernetesModel
import Repository

/// Tells which objects differ from one backup to another, and how many pages of their etcd databases.
package struct CompareBackups: Sendable {
    let settings: Settings
    let first: String
    let second: String
    let cluster: String?
    let selection: ObjectSelection
    let showsChanges: Bool

    /// - Parameters:
    ///   - first: The backup that is the older state.
    ///   - second: The backup that is the newer state.
    ///   - cluster: Tells backups of one name apart.
    ///   - selection: Its included namespaces and resources count.
    ///   - showsChanges: Whether changed objects are read, and their fields compared.
    package init(
        _ first: String,
        _ second: String,
        cluster: String?,
        selection: ObjectSelection,
        showsChanges: Bool,
        settings: Settings
    ) {
        self.first = first
        self.second = second
        self.cluster = cluster
        self.selection = selection
        self.showsChanges = showsChanges
        self.settings = settings
    }

    /// One of the two backups.
    private struct Side: Sendable {
        let snapshot: Snapshot
        let details: BackupDetails

        func manifest(_ kind: SnapshotContent.Kind) -> Manifest? { snapshot.content(kind)?.manifest }
    }

    /// Compares.
    ///
    /// - Parameters:
    ///   - onBegin: Called once, before the first object.
    ///   - onObject: Called for each object that differs, in the order of their keys.
    /// - Returns: How much differs.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` for backups, namespaces and resources that
    ///   are not there; `RepositoryError` when a manifest is damaged; what the closures throw.
    package func run(
        onBegin: (BackupComparison) throws -> Void,
        onObject: (ObjectDifference) throws -> Void
    ) async throws -> DifferenceCounts {
        let (repository, old, new) = try await open()
        let location = try settings.location().name
        let filter = try ComparisonFilter(selection, old.details, new.details, backups: [first, second])
        var comparison = BackupComparison(from: first, to: second, location: location)
        var objects: (old: Manifest, new: Manifest)?
        switch (old.manifest(.objects), new.manifest(.objects)) {
        case (let before?, let after?): objects = (before, after)
        case (nil, nil): break
        case (let before, _): comparison.onlyOneHas("objects", before == nil ? second : first)
        }
        switch (old.manifest(.pagedFile), new.manifest(.pagedFile)) {
        case (let before?, let after?): comparison.etcd = try await pages(repository, before, after)
        case (nil, nil): break
        case (let before, _): comparison.onlyOneHas("etcd", before == nil ? second : first)
        }
        if objects != nil { warn(old.details, new.details) }
        try onBegin(comparison)
        guard let objects else { return DifferenceCounts() }
        return try await compare(objects.old, objects.new, repository, filter, onObject)
    }

    private func open() async throws -> (Repository, Side, Side) {
        let access = try settings.locationAccess()
        guard let repository = try await access.openIfUsed() else {
            throw NameLookup.missing(first, what: "backup", in: access.location.name)
        }
        let listed = try await repository.snapshots.recentList().map(\.name)
        let names = try [first, second].map {
            try NameLookup.find($0, cluster: cluster, what: "backup", among: listed, in: access.location.name)
        }
        async let old = side(repository, names[0])
        async let new = side(repository, names[1])
        return (repository, try await old, try await new)
    }

    private func side(_ repository: Repository, _ name: SnapshotName) async throws -> Side {
        let (snapshot, details) = try await repository.snapshots.read(name)
        return Side(snapshot: snapshot, details: try BackupDetails.decode(details))
    }

    /// What is not in a backup because nobody asked for it, or because it failed, looks as if it had been removed.
    private func warn(_ old: BackupDetails, _ new: BackupDetails) {
        if old.spec.withoutEtcd != new.spec.withoutEtcd {
            settings.context.notify(
                .warning(
                    "'\(first)' and '\(second)' are of different selections: what only one was to hold is shown as added or "
                        + "removed. 'kbackup describe' shows the selections."
                )
            )
        }
        for details in [old, new] where !details.failures.isEmpty {
            settings.context.notify(
                .warning(
                    "Backup '\(details.name)' is \(details.phase.rawValue): what is missing in it is shown as added or "
                        + "removed. 'kbackup describe \(details.name)' lists it."
                )
            )
        }
    }

    private func pages(
        _ repository: Repository,
        _ old: Manifest,
        _ new: Manifest
    ) async throws -> DifferenceCounts {
        var counts = DifferenceCounts()
        try await repository.forEachDifference(from: old, to: new) { counts.add($0) }
        return counts
    }

    /// As many changed objects are read at once.
    private static let batch = 32

    private func compare(
        _ old: Manifest,
        _ new: Manifest,
        _ repository: Repository,
        _ filter: ComparisonFilter,
        _ onObject: (ObjectDifference) throws -> Void
    ) async throws -> DifferenceCounts {
        var counts = DifferenceCounts()
        var waiting: [ManifestDifference] = []
        func tell() async throws {
            let differences = waiting
            waiting = []
            let fields = try await fields(of: differences, repository)
            for (difference, fields) in zip(differences, fields) {
                try onObject(ObjectDifference(difference, fields: fields))
            }
        }
        try await repository.forEachDifference(
            from: old,
            to: new,
            prefixes: filter.prefixes,
            where: filter.includes
        ) { difference in
            counts.add(difference)
            guard showsChanges else { return try onObject(ObjectDifference(difference, fields: nil)) }
            waiting.append(difference)
            if waiting.count == Self.batch { try await tell() }
        }
        try await tell()
        return counts
    }

    /// The fields that changed, of each that changed.
    private func fields(
        of differences: [ManifestDifference],
        _ repository: Repository
    ) async throws -> [[FieldDifference]?] {
        let pairs = differences.map { difference -> [ManifestEntry] in
            if case .changed(let before, let after) = difference { [before, after] } else { [] }
        }
        var records = try await repository.records(of: pairs.flatMap(\.self))[...]
        return try zip(differences, pairs).map { difference, pair in
            if pair.isEmpty { return nil }
            let before = try JSONValue(parsing: try records.removeFirst().get())
            let after = try JSONValue(parsing: try records.removeFirst().get())
            let key = StoredObjectKey(bytes: difference.key)
            return FieldDifference.all(from: before, to: after, isSecret: key?.qualifiedResource == "secrets")
        }
    }
}

extension BackupSpec {
    fileprivate var withoutEtcd: BackupSpec {
        var spec = self
        spec.includesEtcd = false
        return spec
    }
}
