/// Why a backup could not be made at all.
///
/// What a backup lacks is not an error: it is in its ledger.
package struct BackupEngineError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// A namespace or resource that was named does not exist.
        case notFound
        /// The specification contradicts itself, or cannot be read.
        case invalidSpec
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
