import Foundation
import Operations

/// Backups for people.
enum BackupText {
    /// One line for each.
    static func table(_ backups: [BackupRow], now: Date) -> String {
        var header = ["NAME", "PHASE", "AGE", "OBJECTS", "SIZE", "STORED", "HOLDS"]
        // The column is worth its width only where it tells something.
        let showsClusters = Set(backups.map(\.cluster)).count > 1
        if showsClusters { header.append("CLUSTER") }
        let rows = backups.map { backup in
            let row = [
                backup.name,
                backup.phase,
                Text.age(of: backup.startedAt, at: now),
                Text.number(backup.objects),
                Text.bytes(backup.sizeInBytes),
                Text.bytes(backup.storedBytes),
                backup.holds.joined(separator: ","),
            ]
            return showsClusters ? row + [backup.cluster] : row
        }
        return TableText(header: header, rows: rows).text
    }

    /// What `create` says when it is done.
    static func summary(_ backup: BackupDocument) -> String {
        var lines = ["Backup '\(backup.name)' is \(backup.phase)."]
        lines.append(
            Text.fields([
                ("Location", backup.location),
                ("Objects", backup.spec.includesObjects ? objects(backup) : nil),
                ("Etcd", backup.etcd.map(etcd)),
                ("Files", backup.files.map(FilesText.counts)),
                ("Stored", stored(backup)),
                ("Excluded", excluded(backup)),
                ("Missing", backup.failures.isEmpty ? nil : Text.count(backup.failures.count, "part")),
                ("Duration", Text.duration(seconds: backup.durationSeconds)),
            ])
        )
        return lines.joined(separator: "\n")
    }

    /// All of it.
    static func description(_ backup: BackupDocument) -> String {
        let spec = backup.spec
        var parts = [
            Text.fields([
                ("Name", backup.name),
                ("Phase", backup.phase),
                ("Location", backup.location),
                (
                    "Cluster",
                    backup.cluster.version.isEmpty
                        ? backup.cluster.id : "\(backup.cluster.id) (\(backup.cluster.version))"
                ),
                ("Started", Text.time(backup.startedAt)),
                ("Finished", Text.time(backup.finishedAt)),
                ("Duration", Text.duration(seconds: backup.durationSeconds)),
                ("Revision", revision(backup)),
                ("Parent", backup.parent ?? "none"),
                ("Program", backup.program),
            ])
        ]
        if spec.includesObjects {
            parts.append(
                "Selection:\n"
                    + Text.indented(
                        Text.fields([
                            ("Included namespaces", Text.list(spec.includedNamespaces, orElse: "all")),
                            ("Excluded namespaces", Text.list(spec.excludedNamespaces, orElse: "none")),
                            ("Included resources", Text.list(spec.includedResources, orElse: "all")),
                            ("Excluded resources", Text.list(spec.excludedResources, orElse: "none")),
                            ("Cluster resources", Text.clusterResources(spec.includeClusterResources)),
                            ("Label selector", spec.labelSelector.isEmpty ? "none" : spec.labelSelector),
                        ])
                    )
            )
            parts.append(Text.fields([("Namespaces", Text.list(backup.namespaces, orElse: "none"))]))
        }
        parts.append(
            Text.fields([
                ("Objects", spec.includesObjects ? objects(backup) : nil),
                ("Etcd", backup.etcd.map(etcd)),
                ("Files", backup.files.map(FilesText.counts)),
                ("Stored", stored(backup)),
            ])
        )
        if !backup.resources.isEmpty { parts.append("Resources:\n" + resources(backup)) }
        if let etcd = backup.etcd {
            parts.append(
                "Etcd database:\n"
                    + Text.indented(
                        Text.fields([
                            ("Endpoint", etcd.endpoint), ("Version", etcd.version), ("Revision", revision(etcd)),
                            ("Size", Text.bytes(etcd.sizeInBytes)), ("SHA-256", etcd.databaseSHA256),
                            ("Pages", "\(Text.number(etcd.pages)), \(Text.number(etcd.changedPages)) changed"),
                        ])
                    )
            )
        }
        if let files = backup.files { parts.append("Files:\n" + Text.indented(FilesText.selection(files))) }
        let noun = backup.files == nil ? "object" : "path"
        parts.append(Text.section("Excluded", backup.exclusions.map { exclusion($0, noun) }))
        parts.append(Text.section("Missing", backup.failures.map { "\($0.subject): \($0.reason)" }))
        if !backup.warnings.isEmpty { parts.append(Text.section("Warnings", backup.warnings)) }
        return parts.joined(separator: "\n\n")
    }

    private static func resources(_ backup: BackupDocument) -> String {
        let rows = backup.resources.map { resource in
            [
                resource.resource, resource.version, Text.number(resource.objects), Text.bytes(resource.bytes),
                Text.number(resource.changed), notes(resource),
            ]
        }
        return TableText(
            header: ["RESOURCE", "VERSION", "OBJECTS", "SIZE", "CHANGED", "NOTE"],
            rows: rows,
            indentation: "  "
        ).text
    }

    private static func notes(_ resource: BackupDocument.Resource) -> String {
        var notes: [String] = []
        if resource.keptApart {
            notes.append("kept apart, of the moment it was listed")
        } else if !resource.atRevision {
            notes.append(ofOtherRevision(resource))
        }
        if resource.terminating > 0 { notes.append("\(Text.number(resource.terminating)) being deleted") }
        return notes.joined(separator: ", ")
    }

    private static func ofOtherRevision(_ resource: BackupDocument.Resource) -> String {
        switch resource.revisions.count {
        case 0: "of the moment it was listed"
        case 1: "of revision \(resource.revisions[0])"
        default: "of revisions \(resource.revisions.joined(separator: ", "))"
        }
    }

    /// The revision of the lists, and how many are not of it.
    private static func revision(_ backup: BackupDocument) -> String? {
        guard backup.spec.includesObjects else { return nil }
        guard let revision = backup.revision else { return "none; each resource is of the moment it was listed" }
        let others = backup.resources.count { !$0.atRevision }
        guard others > 0 else { return revision }
        return "\(revision), but \(others) of \(Text.count(backup.resources.count, "resource")) not of it"
    }

    private static func exclusion(_ exclusion: BackupDocument.Exclusion, _ noun: String) -> String {
        let count = exclusion.objects.map { " (\(Text.count($0, noun)))" } ?? ""
        return "\(exclusion.subject)\(count): \(exclusion.rule)"
    }

    private static func objects(_ backup: BackupDocument) -> String {
        let changed = backup.resources.reduce(0) { $0 + $1.changed }
        return "\(Text.number(backup.objects)) of \(Text.count(backup.resources.count, "resource")), "
            + "\(Text.bytes(backup.objectBytes)), \(Self.changed(changed))"
    }

    private static func changed(_ count: Int) -> String {
        count == 0 ? "unchanged" : "\(Text.number(count)) new or changed"
    }

    private static func etcd(_ etcd: BackupDocument.Etcd) -> String {
        "revision \(revision(etcd)), \(Text.bytes(etcd.sizeInBytes)), "
            + (etcd.changedPages == 0
                ? "unchanged" : "\(Text.number(etcd.changedPages)) of \(Text.number(etcd.pages)) pages new or changed")
    }

    static func revision(_ etcd: BackupDocument.Etcd) -> String {
        etcd.revisionExact ? "\(etcd.revision)" : "at least \(etcd.revision)"
    }

    private static func stored(_ backup: BackupDocument) -> String {
        guard backup.written.storedObjects > 0 else { return "nothing new to store" }
        return "\(Text.bytes(backup.written.storedBytes)) in \(Text.count(backup.written.storedObjects, "object"))"
    }

    private static func excluded(_ backup: BackupDocument) -> String? {
        guard !backup.exclusions.isEmpty else { return nil }
        return "\(Text.count(backup.exclusions.count, "rule")) applied; 'kbackup describe \(backup.name)' lists them"
    }
}
