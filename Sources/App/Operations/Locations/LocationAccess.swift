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

    /// The object store of the location. Nothing is asked of it yet.
    func store() throws -> any ObjectStore {
        switch location.url {
        case .directory(let path):
            return DirectoryObjectStore(root: path)
        case .s3(let bucket, let prefix):
            let now = context.now
            return try S3ObjectStore(
                try s3Configuration(bucket: bucket, prefix: prefix),
                environment: context.environment,
                now: { now().timeIntervalSince1970 }
            )
        }
    }

    private func s3Configuration(bucket: String, prefix: String) throws -> S3Configuration {
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
        configuration.serverSideEncryption = try serverSideEncryption()
        if location.boolean(.insecureSkipTLSVerify) == true {
            configuration.verifiesServer = false
            context.notify(
                .warning(
                    "The certificate of the server of location '\(location.name)' is not verified "
                        + "(insecure-skip-tls-verify): somebody else may answer in its place."
                )
            )
        }
        return configuration
    }

    private func serverSideEncryption() throws -> S3Configuration.ServerSideEncryption? {
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
            throw OperationError(.usage, "Location '\(location.name)' has an 'sse-kms-key-id', which 'sse: AES256' does not use.")
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
        return try await Repository.open(try store(), key: key)
    }

    /// Opens the repository for reading; `nil` when it is the embedded default that nobody has used yet.
    func openIfUsed() async throws -> Repository? {
        if location.origin == .embedded, try await !exists() { return nil }
        return try await open()
    }

    /// Opens the repository for writing. The embedded default is made when it is not there.
    func openForWriting() async throws -> Repository {
        guard location.origin == .embedded, try await !exists() else { return try await open() }
        return try await create(notifyingOfKey: true).repository
    }

    /// Whether there is a repository at the location.
    func exists() async throws -> Bool {
        do {
            return try await store().stat(Repository.rootKey) != nil
        } catch let error as ObjectStoreError where error.code == .locationNotFound {
            return false
        }
    }

    /// Makes the repository, and its key file unless there is one.
    ///
    /// - Returns: The repository, and the key file when it was made just now.
    func create(notifyingOfKey: Bool) async throws -> (repository: Repository, newKeyFile: FilePath?) {
        var newKeyFile: FilePath?
        let key: RepositoryKey
        if let existing = try await location.key.read(for: location.name, isNew: true, in: context) {
            key = existing
        } else {
            (key, newKeyFile) = try await makeKeyFile()
        }
        let store = try store()
        if let directory = store as? DirectoryObjectStore { try await directory.makeRoot() }
        let repository: Repository
        do {
            repository = try await Repository.create(in: store, key: key, at: context.now())
        } catch let error as RepositoryError where error.code == .alreadyExists && location.origin == .embedded {
            // Another process made it at the same moment, with the same key file.
            repository = try await Repository.open(store, key: key)
        }
        if let newKeyFile, notifyingOfKey { context.notify(.information(Self.keyNotice(newKeyFile))) }
        return (repository, newKeyFile)
    }

    /// What a user must know about a key file.
    static func keyNotice(_ path: FilePath) -> String {
        "The key of the backups is in '\(path)'. Keep a copy of it elsewhere: without it nobody can read them."
    }

    private func makeKeyFile() async throws -> (RepositoryKey, FilePath?) {
        guard case .keyFile(let path) = location.key, let text = RepositoryKey.makeKeyFile().keyFileText else {
            throw missingKeyFile
        }
        try PrivateFile.makeFolder(path.removingLastComponent())
        let isMade = try PrivateFile.create(path, Array(text.utf8))
        // What counts is what the file holds: another process may have been first.
        guard let key = try await location.key.read(for: location.name, in: context) else { throw missingKeyFile }
        return (key, isMade ? path : nil)
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
