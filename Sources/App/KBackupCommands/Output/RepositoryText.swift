import Operations

/// What was found and done in a repository, for people.
enum RepositoryText {
    static func stats(_ report: RepositoryStats.Report) -> String {
        func objects(_ objects: RepositoryStats.Report.Objects) -> String {
            "\(Text.number(objects.count)) (\(Text.bytes(objects.bytes)))"
        }
        return Text.fields([
            ("Location", report.location),
            ("Backups", Text.number(report.backups)),
            ("Stored", Text.bytes(report.storedBytes)),
            ("Packs", objects(report.packs)),
            ("  needed by no backup", objects(report.unreferencedPacks)),
            ("  marked for deletion", objects(report.markedPacks)),
            ("Needed of packs", Text.bytes(report.liveBytes)),
            ("Not needed of packs", Text.bytes(report.deadBytes)),
            ("  in packs that are needed", Text.bytes(report.deadBytesOfNeededPacks)),
            ("Snapshots", objects(report.snapshots)),
            ("Index", objects(report.index)),
            ("Relocations", report.relocations.count > 0 ? objects(report.relocations) : nil),
            ("Reports of restores", objects(report.restoreReports)),
            ("Other objects", report.otherObjects.count > 0 ? objects(report.otherObjects) : nil),
            ("Records", "\(Text.number(report.records)) (\(Text.bytes(report.recordBytes)))"),
            ("Records of all backups", "\(Text.number(report.logicalRecords)) (\(Text.bytes(report.logicalBytes)))"),
            ("Deduplication", report.deduplicationRatio.map { "\($0) : 1" }),
            ("Compression", report.compressionRatio.map { "\($0) : 1" }),
        ])
    }

    static func prune(_ report: PruneRepository.Report) -> String {
        func row(_ action: String, _ tally: PruneRepository.Report.Tally) -> [String]? {
            tally.packs > 0 ? [action, Text.number(tally.packs), Text.bytes(tally.bytes)] : nil
        }
        let rows = [
            row(report.dryRun ? "to delete" : "deleted", report.deleted),
            row(report.dryRun ? "to mark" : "marked for deletion", report.marked),
            row("marked before, waiting", report.waiting),
            row("too young to be marked", report.spared),
            row(report.dryRun ? "marked, to keep after all" : "marked, kept after all", report.revived),
            row(report.dryRun ? "to be written anew" : "written anew", report.repacked),
            row("kept by object lock", report.locked),
            row("needed", report.kept),
        ].compactMap { $0 }
        var lines = [TableText(header: ["PACKS", "COUNT", "SIZE"], rows: rows).text]
        if report.written.packs > 0 {
            let (count, bytes) = (Text.count(report.written.packs, "pack"), Text.bytes(report.written.bytes))
            lines.append("What backups need of the packs written anew is in \(count) of \(bytes) now.")
        }
        if let end = report.lockedUntil {
            lines.append("Object lock keeps what is to be deleted until \(Text.time(end)).")
        }
        if report.unreadable > 0 {
            lines.append(
                "\(Text.count(report.unreadable, "pack")) could not be read, and stayed: 'kbackup repo check' tells more."
            )
        }
        if report.deletedIndexSegments > 0 {
            let verb = report.dryRun ? "to delete" : "deleted"
            lines.append("\(Text.count(report.deletedIndexSegments, "segment")) of the index \(verb).")
        }
        if report.contested > 0 {
            lines.append("\(Text.count(report.contested, "pack")) left to another prune or backup.")
        }
        if report.marked.packs + report.waiting.packs + report.repacked.packs > 0, !report.exclusive {
            let grace = Text.duration(seconds: report.graceSeconds)
            lines.append("A prune that runs \(grace) after packs were marked or written anew deletes them.")
        }
        return lines.joined(separator: "\n")
    }

    static func check(_ report: CheckRepository.Report) -> String {
        var lines = [
            Text.fields([
                ("Backups", Text.number(report.backups)),
                ("Manifest pages", Text.number(report.manifestPages)),
                ("Packs", "\(Text.number(report.packs)) (\(Text.bytes(report.packBytes)))"),
                ("  needed by no backup", Text.number(report.unreferencedPacks)),
                ("Index segments", Text.number(report.indexSegments)),
                ("Relocations", report.relocations > 0 ? Text.number(report.relocations) : nil),
                ("Reports of restores", Text.number(report.restoreReports)),
                (
                    "Data read",
                    report.readDataPercent > 0
                        ? "\(Text.count(report.packsRead, "pack")), \(Text.count(report.blocksRead, "block")), "
                            + Text.bytes(report.bytesRead) : nil
                ),
                ("Result", report.sound ? "sound" : "damaged"),
            ])
        ]
        if !report.damages.isEmpty {
            var damages = report.damages.map { "\($0.object): \($0.message)" }
            let more = report.damageCount - damages.count
            if more > 0 { damages.append("… and \(Text.number(more)) more") }
            lines.append(Text.section("Damage", damages))
        }
        if !report.harmedBackups.isEmpty { lines.append(Text.section("Harmed backups", backups(report.harmedBackups))) }
        return lines.joined(separator: "\n")
    }

    private static func backups(_ backups: [CheckRepository.Report.Backup]) -> [String] {
        backups.flatMap { backup in
            let name = "\(backup.name) (cluster \(backup.cluster))"
            if let reason = backup.reason { return ["\(name): \(reason)"] }
            let count = backup.lostRecords + backup.lostRows
            var lines = ["\(name): \(Text.number(count)) lost"] + backup.lost.map { "  \($0)" }
            if backup.lost.count < backup.lostRecords { lines.append("  …") }
            return lines
        }
    }

    static func indexRepair(_ report: RepairRepository.IndexReport) -> String {
        let verb = report.dryRun ? "would be" : "is"
        let summary =
            "The index \(verb) made of \(Text.count(report.chunks, "chunk")) in \(Text.count(report.packs, "pack")): "
            + "\(Text.count(report.newSegments, "segment")) instead of \(Text.number(report.oldSegments))."
        if report.unreadablePacks.isEmpty { return summary }
        return summary + "\n"
            + Text.section("Packs that cannot be read", report.unreadablePacks.map { "\($0.pack): \($0.reason)" })
    }

    static func manifestRepair(_ report: RepairRepository.ManifestReport) -> String {
        let packs = report.distrustedPacks
        var lines: [String] = []
        if report.mended.isEmpty, report.unreadable.isEmpty, report.contested.isEmpty {
            lines.append("No backup has lost anything.")
        }
        let sections = [
            (report.dryRun ? "To be mended" : "Mended", report.mended),
            ("Cannot be read", report.unreadable),
            ("Changed meanwhile", report.contested),
        ]
        lines += sections.filter { !$0.1.isEmpty }.map { Text.section($0.0, backups($0.1)) }
        if !packs.isEmpty {
            lines.append(
                Text.section("Damaged packs, of which later backups store anew what they need", packs)
            )
        }
        return lines.joined(separator: "\n")
    }
}
