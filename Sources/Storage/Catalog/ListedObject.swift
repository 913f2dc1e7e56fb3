/// An object as a list of the repository names it.
package struct ListedObject: Sendable, Hashable, Codable {
    package let key: String
    /// Changes when the object's bytes do.
    package let versionTag: String

    package init(key: String, versionTag: String) {
        self.key = key
        self.versionTag = versionTag
    }
}
