/// What became of a copy of backups into another repository.
package struct RepositoryCopyDocument: Encodable, Sendable, Equatable {
    package struct Backup: Encodable, Sendable, Equatable {
        package enum Result: String, Encodable, Sendable {
            case copied
            /// The target had the copy already.
            case present
            case failed
        }

        package var name: String
        package var cluster: String
        package var result: Result
        /// What the copy wrote, in bytes.
        package var storedBytes = 0
        /// Why it was not copied.
        package var message: String?
    }

    package var kind = "RepositoryCopy"
    /// The name of the location that was read.
    package var from: String
    /// The name of the location that was written.
    package var to: String
    package var isNewRepository: Bool
    package var backups: [Backup] = []

    package var failed: [Backup] { backups.filter { $0.result == .failed } }
}
