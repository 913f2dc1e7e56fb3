/// Why a restore could not be done at all.
///
/// What becomes of single objects is told by the ``RestoreReport``.
package struct RestoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// A filter or mapping names a namespace or kind that the backup does not hold.
        case notFound
        /// The specification contradicts itself or cannot be read.
        case invalidSpec
    }

    package let code: Code
    /// A full sentence that names what is wrong and what the backup has instead.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
