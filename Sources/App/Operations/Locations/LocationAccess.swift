import Foundation
import HTTPTransport
import ObjectStore
import Repository
import S3ObjectStore
import SystemPackage

/// The way from a location's settings to its opened repository.
struct LocationAccess: Sendable {
    let location: LocationSettings
    let context: OperationContext
    /// The object store of the location.
    ///
    /// Nothing is asked of it yet.
    let store: any ObjectStore

    /// - Throws: ``OperationError`` or `ObjectStoreError` when a setting of the location cannot be used.
    init(location: LocationSettings, context: OperationContext) throws {
        self.location = location
        self.context = context
        switch location.url {
        case .directory(let path):
            store = DirectoryObjectStore(root: path)
        case .s3(let bucket, let prefix):
            store = try Self.bucketStore(try Self.s3Configuration(location, bucket: bucket, prefix: prefix), context)
            if location.boolean(.insecureSkipTLSVerify) == true {
                context.notify(
                    .warning(
                        "The certificate of the server of location '\(location.name)' is not verified "
                            + "(insecure-skip-tls-verify): somebody else may answer in its place."
                    )
                )
            }
        }
    }

    private static func bucketStore(
        _ configuration: S3Configuration,
        _ context: OperationContext
    ) throws -> S3ObjectStore {
        let now = context.now
        return try S3ObjectStore(
            configuration,
            environment: context.environment,
            now: { now().timeIntervalSince1970 }
        )
    }

    /// The bucket of the location as its server is, whether or not it is set that it does not know conditional writes;
    /// `nil` for a folder, whose conditions the operating system keeps.
    func bareBucket() throws -> S3ObjectStore? {
        guard case .s3(let bucket, let prefix) = location.url else { return nil }
        var configuration = try Self.s3Configuration(location, bucket: bucket, prefix: prefix)
        configuration.knowsConditions = true
        return try Self.bucketStore(configuration, context)
    }

    private static func s3Configuration(
        _ location: LocationSettings,
        bucket: String,
        prefix: String
    ) throws -> S3Configuration {
        var configuration = S3Configuration(bucket: bucket, prefix: prefix)
        configuration.endpoint = location.text(.endpoint)
        configuration.region = location.text(.region)
        configuration.profile = location.text(.profile)
        switch location.boolean(.pathStyle) {
        case true?: configuration.addressing = .path
        case false?: configuration.addressing = .virtualHosted
        case nil: break
        }
        configuration.storageClass = location.text(.storageClass)
        configuration.certificateAuthorityFile = location.text(.caBundle)
        configuration.serverSideEncryption = try serverSideEncryption(location)
        configuration.knowsConditions = location.boolean(.conditionalWrites) != false
        configuration.verifiesServer = location.boolean(.insecureSkipTLSVerify) != true
        return configuration
    }

    private static func serverSideEncryption(
        _ location: LocationSettings
    ) throws -> S3Configuration.ServerSideEncryption? {
        let keyFile = location.text(.sseCustomerKeyFile)
        let keyID = location.text(.sseKMSKeyID)
        if let keyFile {
            guard location.text(.sse) == nil, keyID == nil else {
                throw OperationError(
                    .usage,
                    "Location '\(location.name)' has 'sse-customer-key-file' together with 'sse' or 'sse-kms-key-id'. "
                        + "Keep one of them."
                )
            }
            return .customerKey(file: keyFile)
        }
        switch location.text(.sse) {
        case "AES256" where keyID != nil:
            throw OperationError(
                .usage,
                "Location '\(location.name)' has an 'sse-kms-key-id', which 'sse: AES256' does not use."
            )
        case "AES256": return .serverKey
        case "aws:kms": return .keyManagementService(keyID: keyID)
        default: return keyID.map { .keyManagementService(keyID: $0) }
        }
    }

    /// Opens the repository at the location.
    ///
    /// - Throws: `RepositoryError`, `ObjectStoreError`; ``OperationError`` when there is no key.
    func open() async throws -> Repository {
        guard let key = try await location.key.read(for: location.name, in: context) else { throw missingKeyFile }
        return try await Repository.open(store, key: key)
    }

    /// Opens the repository for reading; `nil` when it is the embedded default that nobody has used yet.
    func openIfUsed() async throws -> Repository? {
        if location.origin == .embedded, try await !exists() {
            // Unused is not the same as having lost its root.
            try await checkIsFree()
            return nil
        }
        return try await open()
    }

    /// Whether there is nothing at the location at all.
    func isUnused() async throws -> Bool {
        do {
            return try await RepositoryOccupancy(of: store) == .free
        } catch let error as ObjectStoreError where error.code == .locationNotFound {
            return true
        }
    }

    /// Sees to it that a repository can be made at the location, where there was none a moment ago.
    ///
    /// - Throws: `RepositoryError`.
    private func checkIsFree() async throws {
        do {
            try await Repository.checkIsFree(store)
        } catch let error as ObjectStoreError where error.code == .locationNotFound {
            // A folder that is still to be made.
        } catch let error as RepositoryError where error.code == .alreadyExists && location.origin == .embedded {
            // Another process made it at the same moment, with the same key file.
        }
    }

    /// Opens the repository and finds the backup that a user means.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` or ``OperationError/Code/conflict``.
    func open(backup: String, cluster: String?) async throws -> (repository: Repository, name: SnapshotName) {
        guard let repository = try await openIfUsed() else {
            throw NameLookup.missing(backup, what: "backup", in: location.name)
        }
        let listed = try await repository.snapshots.list().map(\.name)
        let name = try NameLookup.find(backup, cluster: cluster, what: "backup", among: listed, in: location.name)
        return (repository, name)
    }

    /// Opens the repository for writing.
    ///
    /// The embedded default is made when it is not there.
    func openForWriting() async throws -> Repository {
        guard location.origin == .embedded, try await !exists() else { return try await open() }
        let repository = try await create()
        if let keyNotice { context.notify(.information(keyNotice)) }
        return repository
    }

    /// Whether there is a repository at the location.
    func exists() async throws -> Bool {
        do {
            return try await store.stat(Repository.rootKey) != nil
        } catch let error as ObjectStoreError where error.code == .locationNotFound {
            return false
        }
    }

    /// Makes the repository, and its key file unless there is one.
    func create() async throws -> Repository {
        // Before there is a key for it.
        try await checkIsFree()
        let key: RepositoryKey
        if let existing = try await location.key.read(for: location.name, isNew: true, in: context) {
            key = existing
        } else {
            key = try await makeKeyFile()
        }
        if let directory = store as? DirectoryObjectStore { try await directory.makeRoot() }
        do {
            return try await Repository.create(in: store, key: key, at: context.now())
        } catch let error as RepositoryError where error.code == .alreadyExists && location.origin == .embedded {
            // Another process made it at the same moment, with the same key file.
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

    private var missingKeyFile: OperationError {
        guard case .keyFile(let path) = location.key else {
            return OperationError(.accessDenied, "There is no key for location '\(location.name)'.")
        }
        return OperationError(
            .accessDenied,
            "The key file '\(path)' of location '\(location.name)' is missing. Put your copy of it there, or name another "
                + "with --key-file."
        )
    }
}

extension Settings {
    /// The way to the location that is to be used.
    func locationAccess() throws -> LocationAccess { try LocationAccess(location: try location(), context: context) }
}
