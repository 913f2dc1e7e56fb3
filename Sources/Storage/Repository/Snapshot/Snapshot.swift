package import Foundation

/// What makes a backup visible: the object `snapshots/<cluster>/<name>`, written last.
///
/// Stored as an ``Envelope`` around two JSON documents on a line each: this one, which the repository reads, and the
/// details, which only who made the backup reads.
package struct Snapshot: Codable, Sendable {
    package static let version = 1

    package var version = Self.version
    package let name: String
    /// What the backup is of: the id of a cluster.
    package let cluster: String
    package let createdAt: Date
    /// The backup whose layers this one shares, and whose records it did not write again.
    package let parent: String?
    package let contents: [SnapshotContent]
    /// The packs that this backup added.
    package let newPacks: [String]
    package let statistics: WriteStatistics
    /// What it is a copy of; `nil` when it was made here.
    package var origin: SnapshotOrigin?

    package func content(_ kind: SnapshotContent.Kind) -> SnapshotContent? { contents.first { $0.kind == kind } }
}

/// One kind of data in a backup.
package struct SnapshotContent: Codable, Sendable {
    package enum Kind: String, Codable, Sendable {
        /// Kubernetes objects, by `<group>/<resource>/<namespace>/<name>`.
        case objects
        /// A file of pages, by page number: an etcd database.
        case pagedFile = "paged-file"
        /// A stream of bytes in content-defined chunks, by offset.
        case stream
        /// Trees of files: nodes and the chunks of their data, by path.
        case files

        /// Whether its data is looked for, and found, wherever it lies in the repository.
        var sharesChunks: Bool { self == .stream || self == .files }
    }

    package let kind: Kind
    /// Tells contents of one kind apart; empty where there is one only.
    package let name: String
    package internal(set) var manifest: Manifest
    /// In bytes; of paged files only.
    package let pageSize: Int?

    package init(kind: Kind, name: String = "", manifest: Manifest, pageSize: Int? = nil) {
        self.kind = kind
        self.name = name
        self.manifest = manifest
        self.pageSize = pageSize
    }
}

/// The name of a backup within a repository.
package struct SnapshotName: Hashable, Sendable, CustomStringConvertible {
    package let cluster: String
    package let name: String

    package init(cluster: String, name: String) {
        self.cluster = cluster
        self.name = name
    }

    package var description: String { "\(cluster)/\(name)" }
}
