import FileEngine

/// A restore of files as commands show it: the stable shape of `-o json` and `-o yaml`, described in `docs/output.md`.
package struct FilesRestoreDocument: Encodable, Sendable, Equatable {
    package var kind = "FilesRestore"
    package var backup: String
    package var location: String
    package var target: String
    /// `Completed` or `PartiallyFailed`.
    package var phase: String
    package var files: Int
    package var bytes: Int
    package var folders: Int
    package var symbolicLinks: Int
    package var others: Int
    package var failures: [FailureDocument]
    /// Of which ``failures`` names the first.
    package var failedPaths: Int
    package var warnings: [String]

    package var isComplete: Bool { failedPaths == 0 }

    init(backup: String, location: String, target: String, _ ledger: FileLedger) {
        let counts = ledger.counts
        let (failures, failureCount) = ledger.failures
        self.backup = backup
        self.location = location
        self.target = target
        phase = failureCount == 0 ? "Completed" : "PartiallyFailed"
        files = counts.files
        bytes = counts.bytes
        folders = counts.folders
        symbolicLinks = counts.symbolicLinks
        others = counts.others
        self.failures = failures.map { FailureDocument(subject: $0.path.text, reason: $0.reason) }
        failedPaths = failureCount
        warnings = ledger.warnings
    }
}
