/// What files are backed up.
package struct FileSource: Sendable {
    package let paths: [StoredPath]
    package let excludes: ExcludePatterns
    /// Whether folders on which another file system is mounted are left empty.
    package let staysOnFileSystem: Bool

    package init(paths: [StoredPath], excludes: ExcludePatterns, staysOnFileSystem: Bool) {
        self.paths = paths
        self.excludes = excludes
        self.staysOnFileSystem = staysOnFileSystem
    }
}
