/// Why the catalog could not be used.
///
/// `code` is for programs, `message` is for people: it names the file, says what happened, and ends with what the
/// operator can do about it. The catalog is a cache: no error of it means that a backup is lost.
package struct CatalogError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The file is damaged, or is not a catalog.
        case corrupted
        /// A newer kbackup wrote the file.
        case newerVersion
        /// The file or its folder cannot be read or written.
        case notWritable
        /// The disk has no room left.
        case full
        /// Other processes hold the file for too long.
        case busy
        /// SQLite refused for another reason.
        case failed
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed if it is made again.
    package var isTransient: Bool { code == .busy }

    package var description: String { message }
}
