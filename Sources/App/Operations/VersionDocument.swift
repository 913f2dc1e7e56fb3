import Repository

/// The versions of the program and of what it writes.
package struct VersionDocument: Encodable, Sendable, Equatable {
    package var kind = "Version"
    package var version = ProgramVersion.current
    /// Of the snapshots it writes; it refuses to read a later one.
    package var snapshotFormat = Snapshot.version

    package init() {}
}
