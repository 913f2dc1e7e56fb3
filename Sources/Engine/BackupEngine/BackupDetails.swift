package import Foundation
package import Repository

/// All that is known about a finished backup.
///
/// Stored in its snapshot as JSON; the catalog holds a copy.
package struct BackupDetails: Codable, Sendable {
    package enum Phase: String, Codable, Sendable {
        /// Every object that was asked for is in the backup.
        case completed = "Completed"
        /// Something is missing: ``BackupDetails/failures`` says what.
        case partiallyFailed = "PartiallyFailed"
    }

    /// The cluster that was backed up.
    package struct Cluster: Codable, Sendable, Hashable {
        /// The uid of the namespace `kube-system`; `etcd-<id>` when only a database was backed up, and `files-<host>` when
        /// only files were.
        package var id: String
        /// The server's version, `v1.20.2`; empty when the API was not asked.
        package var version: String
    }

    /// What was stored of one resource.
    package struct ResourceCount: Codable, Sendable, Hashable {
        package var group: String
        package var version: String
        package var resource: String
        package var kind: String
        package var isNamespaced: Bool
        package var objects = 0
        /// Of the objects' JSON, in bytes.
        package var bytes = 0
        /// Objects that were new or had changed since the parent.
        package var changed = 0
        /// The resource versions that its lists are of: one, unless it was listed namespace by namespace while the revision
        /// changed; none when the server does not tell.
        package var revisions: [String] = []
        /// Whether all of its lists are of ``BackupDetails/revision``.
        package var isAtRevision = true
        /// Whether it is kept elsewhere than the other resources, as those of aggregated APIs are: it cannot be listed at
        /// ``BackupDetails/revision``, and its own revisions do not compare with that.
        package var isKeptApart = false
        /// Objects that were being deleted.
        package var terminating = 0
    }

    /// What was left out, and by which rule.
    package struct Exclusion: Codable, Sendable, Hashable {
        /// `events`, `secrets.v1`, or `pods/shop/web-1`.
        package var subject: String
        /// The rule, in words a user knows: the flag, or the built-in rule.
        package var rule: String
        /// How many objects; `nil` when they were not listed.
        package var objects: Int?
    }

    /// What should be in the backup, and is not.
    package struct Failure: Codable, Sendable, Hashable {
        package var subject: String
        package var reason: String
    }

    /// The etcd database.
    package struct Etcd: Codable, Sendable, Hashable {
        package var endpoint: String
        package var version: String
        /// The id of the etcd cluster, in hexadecimal; `nil` in backups of before it was noted.
        package var clusterID: String?
        /// The snapshot's; unless it is exact, what the member had reached when the snapshot began: the snapshot holds
        /// that, or a later one.
        package var revision: Int64
        package var isRevisionExact: Bool
        /// Of the snapshot file: the database, and the 32 bytes of its hash.
        package var sizeInBytes: Int
        /// Of the database without those 32 bytes, in hexadecimal.
        package var databaseSHA256: String
        package var pageSize: Int
        package var pages: Int
        package var changedPages: Int
    }

    /// Trees of files.
    package struct Files: Codable, Sendable, Hashable {
        /// What was backed up: absolute paths.
        package var paths: [String]
        package var excludes: [String]
        package var staysOnFileSystem: Bool
        package var files: Int
        /// Of the files, in bytes; a file with several names counts once.
        package var bytes: Int
        package var folders: Int
        package var symbolicLinks: Int
        /// Pipes and devices.
        package var others: Int
        /// Files that were read, because they were new or had changed.
        package var readFiles: Int
        package var readBytes: Int

        package init(
            paths: [String],
            excludes: [String],
            staysOnFileSystem: Bool,
            files: Int,
            bytes: Int,
            folders: Int,
            symbolicLinks: Int,
            others: Int,
            readFiles: Int,
            readBytes: Int
        ) {
            self.paths = paths
            self.excludes = excludes
            self.staysOnFileSystem = staysOnFileSystem
            self.files = files
            self.bytes = bytes
            self.folders = folders
            self.symbolicLinks = symbolicLinks
            self.others = others
            self.readFiles = readFiles
            self.readBytes = readBytes
        }
    }

    package var name: String
    package var phase: Phase
    package var spec: BackupSpec
    package var cluster: Cluster
    package var startedAt: Date
    package var finishedAt: Date
    /// The resource version that the lists are of; `nil` when the server cannot list at one, or nothing was listed.
    package var revision: String?
    package var resources: [ResourceCount]
    package var namespaces: [String]
    package var exclusions: [Exclusion]
    package var failures: [Failure]
    package var warnings: [String]
    package var etcd: Etcd?
    package var files: Files?
    package var parent: String?
    package var statistics: WriteStatistics
    /// The version of kbackup that made it.
    package var program: String

    package var objectCount: Int { resources.reduce(0) { $0 + $1.objects } }
    package var objectBytes: Int { resources.reduce(0) { $0 + $1.bytes } }
}

extension BackupDetails {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try fields.decode(String.self, forKey: .name),
            phase: try fields.decode(Phase.self, forKey: .phase),
            spec: try fields.value(.spec, or: BackupSpec()),
            cluster: try fields.decode(Cluster.self, forKey: .cluster),
            startedAt: try fields.decode(Date.self, forKey: .startedAt),
            finishedAt: try fields.decode(Date.self, forKey: .finishedAt),
            revision: try fields.decodeIfPresent(String.self, forKey: .revision),
            resources: try fields.value(.resources, or: []),
            namespaces: try fields.value(.namespaces, or: []),
            exclusions: try fields.value(.exclusions, or: []),
            failures: try fields.value(.failures, or: []),
            warnings: try fields.value(.warnings, or: []),
            etcd: try fields.decodeIfPresent(Etcd.self, forKey: .etcd),
            files: try fields.decodeIfPresent(Files.self, forKey: .files),
            parent: try fields.decodeIfPresent(String.self, forKey: .parent),
            statistics: try fields.value(.statistics, or: WriteStatistics()),
            program: try fields.value(.program, or: "")
        )
    }
}

extension BackupDetails.Cluster {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try fields.decode(String.self, forKey: .id),
            version: try fields.value(.version, or: "")
        )
    }
}

extension BackupDetails.ResourceCount {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            group: try fields.decode(String.self, forKey: .group),
            version: try fields.decode(String.self, forKey: .version),
            resource: try fields.decode(String.self, forKey: .resource),
            kind: try fields.decode(String.self, forKey: .kind),
            isNamespaced: try fields.decode(Bool.self, forKey: .isNamespaced),
            objects: try fields.value(.objects, or: 0),
            bytes: try fields.value(.bytes, or: 0),
            changed: try fields.value(.changed, or: 0),
            revisions: try fields.value(.revisions, or: []),
            isAtRevision: try fields.value(.isAtRevision, or: true),
            isKeptApart: try fields.value(.isKeptApart, or: false),
            terminating: try fields.value(.terminating, or: 0)
        )
    }
}

extension BackupDetails.Etcd {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            endpoint: try fields.value(.endpoint, or: ""),
            version: try fields.value(.version, or: ""),
            clusterID: try fields.decodeIfPresent(String.self, forKey: .clusterID),
            revision: try fields.decode(Int64.self, forKey: .revision),
            // Unless it is said, it is the lower bound.
            isRevisionExact: try fields.value(.isRevisionExact, or: false),
            sizeInBytes: try fields.decode(Int.self, forKey: .sizeInBytes),
            databaseSHA256: try fields.decode(String.self, forKey: .databaseSHA256),
            pageSize: try fields.decode(Int.self, forKey: .pageSize),
            pages: try fields.value(.pages, or: 0),
            changedPages: try fields.value(.changedPages, or: 0)
        )
    }
}
