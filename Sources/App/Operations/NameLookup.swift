import KubernetesModel
import Repository

/// Finds a backup, or the report of a restore, by what a user calls it.
enum NameLookup {
    /// - Parameters:
    ///   - name: The name of a backup or restore.
    ///   - cluster: The id of a cluster, or the start of one; `nil` when the user did not say.
    ///   - what: `backup` or `restore`, for messages.
    ///   - listed: What there is.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound``, or
    ///   ``OperationError/Code/conflict`` when several clusters have one of that name.
    static func find(
        _ name: String,
        cluster: String?,
        what: String,
        among listed: [SnapshotName],
        in location: String
    ) throws(OperationError) -> SnapshotName {
        let named = listed.filter { $0.name == name }
        let found = named.filter { cluster.map($0.cluster.hasPrefix) ?? true }
        if let only = found.first, found.count == 1 { return only }
        let clusters = (found.isEmpty ? named : found).map { "'\($0.cluster)'" }.joined(separator: ", ")
        if found.count > 1 {
            throw OperationError(
                .conflict,
                "There are \(found.count) \(what)s '\(name)' in location '\(location)', of the clusters \(clusters). "
                    + "Choose one with --cluster."
            )
        }
        if let cluster, !named.isEmpty {
            throw OperationError(
                .notFound,
                "There is no \(what) '\(name)' of cluster '\(cluster)' in location '\(location)', but of \(clusters)."
            )
        }
        throw missing(name, what: what, in: location, among: listed.map(\.name))
    }

    /// - Parameter listed: What there is, for a hint.
    static func missing(
        _ name: String,
        what: String,
        in location: String,
        among listed: [String] = []
    ) -> OperationError {
        let command = what == "backup" ? "kbackup get" : "kbackup restore get"
        return OperationError(
            .notFound,
            "There is no \(what) '\(name)' in location '\(location)'.\(NearestName.hint(name, among: listed)) "
                + "'\(command)' lists what there is."
        )
    }
}
