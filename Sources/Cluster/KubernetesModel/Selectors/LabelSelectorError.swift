/// Why a text is not a label selector.
package struct LabelSelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A full sentence that quotes the selector.
    package let message: String
    /// Characters from the start of the text.
    package let position: Int

    package var description: String { message }
}
