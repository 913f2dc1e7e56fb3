import ObjectStore
import Repository
import S3ObjectStore
import SystemPackage

/// Making the repository of a location.
extension LocationAccess {
    /// Opens the repository for writing.
    ///
    /// One that nobody has added is made when it is not there.
    func openForWriting() async throws -> Repository {
        guard location.origin.isMadeOnFirstUse, try await !exists() else { return try await open() }
        try await checkIsFree()
        let key = try await newKey()
        try await checkConditions()
        let repository = try await create(with: key)
        if location.origin == .environment {
            context.notify(.information("A new repository was made at '\(location.urlText)' (KBACKUP_URL)."))
        }
        if let keyNotice { context.notify(.information(keyNotice)) }
        return repository
    }

    /// Tries conditional writes where nobody has said whether the server knows them, nor could have found out before.
    private func checkConditions() async throws {
        guard location.boolean(.conditionalWrites) == nil, let bucket = try bareBucket() else { return }
        if case .known = try await ConditionalWrites(of: bucket) { return }
        throw OperationError(
            .usage,
            "The server of '\(location.urlText)' does not know conditional writes. Set KBACKUP_CONDITIONAL_WRITES=false, "
                + "and let no two backups, and no two restores, of one name run at the same moment."
        )
    }

    /// Whether the location is a folder that is made together with the repository.
    func isFolderToBeMade() async -> Bool {
        guard store is DirectoryObjectStore else { return false }
        do {
            _ = try await store.stat(Repository.rootKey)
            return false
        } catch {
            return (error as? ObjectStoreError)?.code == .locationNotFound
        }
    }

    /// Sees to it that a repository can be made at the location, where there was none a moment ago.
    ///
    /// - Throws: `RepositoryError`, `ObjectStoreError`.
    func checkIsFree() async throws {
        do {
            try await Repository.checkIsFree(store)
        } catch let error as ObjectStoreError where error.code == .locationNotFound && store is DirectoryObjectStore {
            // A folder that is still to be made.
        } catch let error as RepositoryError where error.code == .alreadyExists && location.origin.isMadeOnFirstUse {
            // Another process made it at the same moment, with the same key.
        }
    }

    /// What is to open a repository that is still to be made; `nil` when a key file will be made for it.
    func newKey() async throws -> RepositoryKey? {
        try await location.key.read(for: location.name, isNew: true, in: context)
    }

    /// Makes the repository at a location that is known to be free.
    ///
    /// - Parameter key: As ``newKey()`` gives it.
    func create(with key: RepositoryKey?) async throws -> Repository {
        let key = if let key { key } else { try await makeKeyFile() }
        if let directory = store as? DirectoryObjectStore { try await directory.makeRoot() }
        do {
            return try await Repository.create(in: store, key: key, at: context.now())
        } catch let error as RepositoryError where error.code == .alreadyExists && location.origin.isMadeOnFirstUse {
            // Another process made it at the same moment, with the same key.
            return try await Repository.open(store, key: key)
        }
    }

    /// What a user must know about the key of a new repository; `nil` when it has a passphrase.
    var keyNotice: String? {
        guard case .keyFile(let path) = location.key else { return nil }
        return "The key of the backups is in '\(path)'. Keep a copy of it elsewhere: without it nobody can read them."
    }

    private func makeKeyFile() async throws -> RepositoryKey {
        guard case .keyFile(let path) = location.key, let text = RepositoryKey.makeKeyFile().keyFileText else {
            throw missingKeyFile
        }
        try PrivateFile.makeFolder(path.removingLastComponent())
        _ = try PrivateFile.create(path, Array(text.utf8))
        // What counts is what the file holds: another process may have been first.
        guard let key = try await location.key.read(for: location.name, in: context) else { throw missingKeyFile }
        return key
    }
}
