/// The versions of the program and of what it writes.
package struct VersionDocument: Encodable, Sendable, Equatable {
    package var kind = "Version"
    package var version = ProgramVersion.current
    /// Of the root object; a reader of another version refuses it.
    package var repositoryFormat = 1

    package init() {}
}
