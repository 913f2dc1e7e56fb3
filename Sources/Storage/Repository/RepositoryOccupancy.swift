package import ObjectStore

/// What a location holds, as far as it decides whether a repository can be made there.
package enum RepositoryOccupancy: Sendable, Hashable {
    /// Nothing, or what a console, a file system or a probe leaves behind.
    case free
    /// A repository.
    case repository
    /// Data of a repository, such as this object, whose `root` is gone.
    case rootLost(ObjectKey)
    /// Something else, such as this object.
    case foreign(ObjectKey)

    /// The objects without which there is nothing to lose.
    private static let data = ["packs/", "index/", "snapshots/", "restores/", "tombstones/"]
    /// A probe of a location, or a record of what was done.
    private static let notes = "logs/"

    /// Looks at a location.
    ///
    /// - Throws: `ObjectStoreError`.
    package init(of store: any ObjectStore) async throws {
        if try await store.stat(Repository.rootKey) != nil {
            self = .repository
            return
        }
        struct Found: Error { var occupancy: RepositoryOccupancy }
        do {
            try await store.list(prefix: "") { objects in
                // An empty object is a folder that a console made. A bucket lists it with a `/` at its end, which is no
                // key, or without one.
                let own = objects.first { object in
                    object.sizeInBytes > 0 && Self.data.contains(where: object.key.rawValue.hasPrefix)
                }
                if let own { throw Found(occupancy: .rootLost(own.key)) }
                let foreign = objects.first { object in
                    !(Self.data + [Self.notes]).contains(where: object.key.rawValue.hasPrefix)
                }
                if let foreign { throw Found(occupancy: .foreign(foreign.key)) }
            }
            self = .free
        } catch let found as Found {
            // Another process may have made the repository, and begun to use it, since we looked for its root.
            self = try await store.stat(Repository.rootKey) == nil ? found.occupancy : .repository
        }
    }

    static func exists(in store: any ObjectStore) -> RepositoryError {
        RepositoryError(
            .alreadyExists,
            "There is a kbackup repository at '\(store.location)' already. Open it with its own key."
        )
    }

    static func rootLost(_ example: ObjectKey, in store: any ObjectStore) -> RepositoryError {
        RepositoryError(
            .damaged,
            "'\(store.location)' holds the data of a kbackup repository (such as '\(example)'), but not its object "
                + "'\(Repository.rootKey)', without which nobody can read the backups there: it was deleted, or never "
                + "copied. Put it back from a copy, or from an earlier version of the bucket. For a new repository, "
                + "choose an empty location."
        )
    }
}

extension Repository {
    /// Sees to it that a repository can be made at a location.
    ///
    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/alreadyExists``; with
    ///   ``RepositoryError/Code/otherFormat`` when the location is in use by something else; with
    ///   ``RepositoryError/Code/damaged`` when it holds the data of a repository whose root is gone.
    package static func checkIsFree(_ store: any ObjectStore) async throws {
        switch try await RepositoryOccupancy(of: store) {
        case .free: return
        case .repository: throw RepositoryOccupancy.exists(in: store)
        case .rootLost(let example): throw RepositoryOccupancy.rootLost(example, in: store)
        case .foreign(let example):
            throw RepositoryError(
                .otherFormat,
                "'\(store.location)' is in use by something else: it holds '\(example)'. Choose an empty bucket, prefix "
                    + "or folder."
            )
        }
    }
}
