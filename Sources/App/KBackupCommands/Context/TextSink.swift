/// Something that text is written to: a standard stream, or a buffer of a test.
package protocol TextSink: Sendable {
    /// Writes all of `text`.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more, or the system's error.
    func write(_ text: String) throws
}

/// The reader of standard output has gone away (`| head`): not worth a message.
struct OutputClosed: Error {}
