import Operations

/// Backups and restores of files for people.
enum FilesText {
    /// How many of what there are.
    static func counts(_ files: BackupDocument.Files) -> String {
        let read = "\(Text.number(files.readFiles)) new or changed (\(Text.bytes(files.readBytes)))"
        return "\(counts(files.files, files.bytes, files.folders, files.symbolicLinks, files.others)); \(read)"
    }

    private static func counts(_ files: Int, _ bytes: Int, _ folders: Int, _ links: Int, _ others: Int) -> String {
        var parts = ["\(Text.count(files, "file")) (\(Text.bytes(bytes)))", Text.count(folders, "folder")]
        if links > 0 { parts.append(Text.count(links, "symbolic link")) }
        if others > 0 { parts.append("\(Text.number(others)) pipes and devices") }
        return parts.joined(separator: ", ")
    }

    /// What was asked for.
    static func selection(_ files: BackupDocument.Files) -> String {
        Text.fields([
            ("Paths", Text.list(files.paths, orElse: "none")),
            ("Excluded patterns", Text.list(files.excludes, orElse: "none")),
            ("Other file systems", files.oneFileSystem ? "left out" : "included"),
        ])
    }

    /// What `files restore` says when it is done.
    static func summary(_ restore: FilesRestoreDocument) -> String {
        let counts = counts(restore.files, restore.bytes, restore.folders, restore.symbolicLinks, restore.others)
        return "Restored \(counts) of backup '\(restore.backup)' into '\(restore.target)'."
    }
}
