import BackupEngine
package import Foundation
import Repository

/// A backup as commands show it: the stable shape of `-o json` and `-o yaml`, described in `docs/output.md`.
package struct BackupDocument: Encodable, Sendable, Equatable {
    package struct Cluster: Encodable, Sendable, Equatable {
        package var id: String
        package var version: String
    }

    package struct Spec: Encodable, Sendable, Equatable {
        package var includedNamespaces: [String]
        package var excludedNamespaces: [String]
        package var includedResources: [String]
        package var excludedResources: [String]
        package var includeClusterResources: Bool?
        package var labelSelector: String
        package var includesObjects: Bool
        package var includesEtcd: Bool
    }

    package struct Resource: Encodable, Sendable, Equatable {
        /// `deployments.apps`.
        package var resource: String
        package var version: String
        package var kind: String
        package var namespaced: Bool
        package var objects: Int
        package var bytes: Int
        package var changed: Int
        package var atRevision: Bool
        package var revisions: [String]
        package var keptApart: Bool
        package var terminating: Int
    }

    package struct Exclusion: Encodable, Sendable, Equatable {
        package var subject: String
        package var rule: String
        package var objects: Int?
    }

    package struct Etcd: Encodable, Sendable, Equatable {
        package var endpoint: String
        package var version: String
        package var revision: Int64
        package var revisionExact: Bool
        package var sizeInBytes: Int
        package var databaseSHA256: String
        package var pages: Int
        package var changedPages: Int
    }

    package struct Files: Encodable, Sendable, Equatable {
        package var paths: [String]
        package var excludes: [String]
        package var oneFileSystem: Bool
        package var files: Int
        package var bytes: Int
        package var folders: Int
        package var symbolicLinks: Int
        package var others: Int
        package var readFiles: Int
        package var readBytes: Int
    }

    package struct Written: Encodable, Sendable, Equatable {
        package var newRecords: Int
        package var newRecordBytes: Int
        package var storedBytes: Int
        package var storedObjects: Int
    }

    package var kind = "Backup"
    package var name: String
    package var location: String
    package var phase: String
    package var cluster: Cluster
    package var startedAt: Date
    package var finishedAt: Date
    package var durationSeconds: Int
    package var revision: String?
    package var spec: Spec
    package var namespaces: [String]
    package var objects: Int
    package var objectBytes: Int
    package var resources: [Resource]
    package var exclusions: [Exclusion]
    package var failures: [FailureDocument]
    package var warnings: [String]
    package var etcd: Etcd?
    package var files: Files?
    package var parent: String?
    package var written: Written
    package var program: String

    package var isComplete: Bool { phase == BackupDetails.Phase.completed.rawValue }
}

/// Something that should have been done, and was not.
package struct FailureDocument: Encodable, Sendable, Equatable {
    package var subject: String
    package var reason: String
}

extension BackupDocument {
    init(_ details: BackupDetails, location: String) {
        name = details.name
        self.location = location
        phase = details.phase.rawValue
        cluster = Cluster(id: details.cluster.id, version: details.cluster.version)
        startedAt = details.startedAt
        finishedAt = details.finishedAt
        durationSeconds = Int(details.finishedAt.timeIntervalSince(details.startedAt).rounded())
        revision = details.revision
        spec = Spec(
            includedNamespaces: details.spec.includedNamespaces,
            excludedNamespaces: details.spec.excludedNamespaces,
            includedResources: details.spec.includedResources,
            excludedResources: details.spec.excludedResources,
            includeClusterResources: details.spec.includeClusterResources,
            labelSelector: details.spec.labelSelector,
            includesObjects: details.spec.includesObjects,
            includesEtcd: details.spec.includesEtcd
        )
        namespaces = details.namespaces
        objects = details.objectCount
        objectBytes = details.objectBytes
        resources = details.resources.map { count in
            Resource(
                resource: count.group.isEmpty ? count.resource : "\(count.resource).\(count.group)",
                version: count.version,
                kind: count.kind,
                namespaced: count.isNamespaced,
                objects: count.objects,
                bytes: count.bytes,
                changed: count.changed,
                atRevision: count.isAtRevision,
                revisions: count.revisions,
                keptApart: count.isKeptApart,
                terminating: count.terminating
            )
        }
        exclusions = details.exclusions.map { Exclusion(subject: $0.subject, rule: $0.rule, objects: $0.objects) }
        failures = details.failures.map { FailureDocument(subject: $0.subject, reason: $0.reason) }
        warnings = details.warnings
        etcd = details.etcd.map { etcd in
            Etcd(
                endpoint: etcd.endpoint,
                version: etcd.version,
                revision: etcd.revision,
                revisionExact: etcd.isRevisionExact,
                sizeInBytes: etcd.sizeInBytes,
                databaseSHA256: etcd.databaseSHA256,
                pages: etcd.pages,
                changedPages: etcd.changedPages
            )
        }
        files = details.files.map { files in
            Files(
                paths: files.paths,
                excludes: files.excludes,
                oneFileSystem: files.staysOnFileSystem,
                files: files.files,
                bytes: files.bytes,
                folders: files.folders,
                symbolicLinks: files.symbolicLinks,
                others: files.others,
                readFiles: files.readFiles,
                readBytes: files.readBytes
            )
        }
        parent = details.parent
        written = Written(
            newRecords: details.statistics.newRecords,
            newRecordBytes: details.statistics.newRecordBytes,
            storedBytes: details.statistics.storedBytes,
            storedObjects: details.statistics.storedObjects
        )
        program = details.program
    }
}
