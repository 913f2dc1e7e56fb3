/// Why one backup was not copied, while others may be.
package struct UncopiedBackupError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The target has another backup of that name.
        case nameTaken
        /// Something of it cannot be read.
        case damaged
    }

    package let code: Code
    package let message: String

    package var description: String { message }
}
