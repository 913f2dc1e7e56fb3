import GRDB

extension CatalogError {
    /// What an error of SQLite means for the catalog at `path`.
    init(_ error: any Error, path: String) {
        if let error = error as? CatalogError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.failed, "Catalog '\(path)' cannot be used: \(error).")
            return
        }
        let words = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .damaged(path, words)
        case .SQLITE_FULL:
            self = .full(path)
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self = .notWritable(path, words)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, "Catalog '\(path)' is in use by another kbackup for too long. Try again later.")
        case .SQLITE_IOERR:
            self.init(.failed, "Catalog '\(path)' cannot be used: \(words). Check the disk it is on.")
        default:
            self.init(.failed, "Catalog '\(path)' cannot be used: \(words). Run 'kbackup catalog rebuild'.")
        }
    }

    static func damaged(_ path: String, _ words: String) -> CatalogError {
        CatalogError(
            .corrupted,
            "Catalog '\(path)' is damaged: \(words). No backup is lost by that: run 'kbackup catalog rebuild'."
        )
    }

    static func full(_ path: String) -> CatalogError {
        CatalogError(.full, "Catalog '\(path)' cannot be written: the disk is full. Make room, then try again.")
    }

    static func notWritable(_ path: String, _ words: String) -> CatalogError {
        CatalogError(
            .notWritable,
            "Catalog '\(path)' cannot be opened for writing: \(words). "
                + "Check the rights of the file and its folder, or choose another folder with XDG_DATA_HOME."
        )
    }
}
