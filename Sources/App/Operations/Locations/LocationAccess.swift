import Crypto
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
        do {
            return try S3ObjectStore(
                configuration,
                environment: context.environment,
                now: { now().timeIntervalSince1970 }
            )
        } catch let error as ObjectStoreError where error.code == .misconfigured {
            // No server was asked yet: what is wrong is what was said.
            throw OperationError(.usage, error.message)
        }
    }

    /// The store of the location, for small objects that are to be deleted at once: they are not kept from it.
    func probedStore() throws -> any ObjectStore {
        guard store.retention != nil, case .s3(let bucket, let prefix) = location.url else { return store }
        var configuration = try Self.s3Configuration(location, bucket: bucket, prefix: prefix)
        configuration.retention = nil
        return try Self.bucketStore(configuration, context)
    }

    /// The bucket of the location as its server is, whether or not it is set that it does not know conditional writes;
    /// `nil` for a folder, whose conditions the operating system keeps.
    ///
    /// What is written to it is not kept from deletion.
    func bareBucket() throws -> S3ObjectStore? {
        guard case .s3(let bucket, let prefix) = location.url else { return nil }
        var configuration = try Self.s3Configuration(location, bucket: bucket, prefix: prefix)
        configuration.knowsConditions = true
        configuration.retention = nil
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
        if let file = location.text(.caBundle) {
            try NamedFile.check(file, of: .caBundle, isSecret: false)
            configuration.certificateAuthorityFile = file
        }
        configuration.serverSideEncryption = try serverSideEncryption(location)
        configuration.knowsConditions = location.boolean(.conditionalWrites) != false
        configuration.retention = try retention(location)
        configuration.verifiesServer = location.boolean(.insecureSkipTLSVerify) != true
        return configuration
    }

    private static func retention(_ location: LocationSettings) throws(OperationError) -> ObjectRetention? {
        switch (location.text(.objectLock).flatMap(ObjectRetention.Mode.init), location.seconds(.retain)) {
        case (nil, nil): return nil
        case (let mode?, let seconds?): return ObjectRetention(mode: mode, period: Double(seconds))
        case (.some, nil), (nil, .some):
            throw OperationError(
                .usage,
                "Location '\(location.name)' has only one of 'object-lock' and 'retain'. Objects are kept from deletion for "
                    + "a time: give both, such as 'object-lock: governance' and 'retain: 30d'."
            )
        }
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
            try NamedFile.check(keyFile, of: .sseCustomerKeyFile, isSecret: true)
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
    /// - Parameter cached: Whether what is kept on this machine of what never changes may stand for what is stored.
    /// - Throws: `RepositoryError`, `ObjectStoreError`; ``OperationError`` when there is no key.
    func open(cached: Bool = true) async throws -> Repository {
        let key = try await readKey()
        do {
            return try await Repository.open(store, key: key, cache: cached ? cache : nil)
        } catch let error as RepositoryError where error.code == .wrongKey {
            throw afterCutOffRotation(error)
        }
    }

    /// Gets the key of the repository.
    ///
    /// - Throws: ``OperationError`` when there is none.
    func readKey() async throws -> RepositoryKey {
        guard let key = try await location.key.read(for: location.name, in: context) else { throw missingKeyFile }
        return key
    }

    /// Says what to do about a key that was replaced, where the new one is still beside it.
    private func afterCutOffRotation(_ error: RepositoryError) -> any Error {
        guard case .keyFile(let path) = location.key else { return error }
        let staged = KeyFileRotation.stagedPath(of: path)
        guard (try? PrivateFile.read(staged)) ?? nil != nil else { return error }
        return RepositoryError(
            .wrongKey,
            "\(error.message) There is a new key in '\(staged)', of a rotation that was cut off: 'kbackup repo key rotate' "
                + "goes on with it."
        )
    }

    /// Where parts of a bucket's repository are kept; a folder is as near as a cache would be.
    private var cache: CacheFolder? {
        guard case .s3 = location.url else { return nil }
        let place = "\(location.urlText)\n\(location.text(.endpoint) ?? "")"
        return CacheFolder(context.folders.cache.appending(place.cacheName))
    }

    /// Whether there is a repository at the location.
    func exists() async throws -> Bool {
        do {
            return try await store.stat(Repository.rootKey) != nil
        } catch let error as ObjectStoreError where error.code == .locationNotFound {
            return false
        }
    }

    var missingKeyFile: OperationError {
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

extension String {
    /// A name for a folder that tells locations apart, and nothing of them.
    fileprivate var cacheName: String {
        SHA256.hash(data: Data(utf8)).prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
