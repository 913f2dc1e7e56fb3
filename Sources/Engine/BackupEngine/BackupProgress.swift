/// How far a backup is.
package struct BackupProgress: Sendable {
    package var objects = 0
    /// Lists finished and to do.
    package var lists = (done: 0, total: 0)
    package var databaseBytes = 0
    package var storedBytes = 0
}
