/// The bytes of a response's body, in the order and as far as they come in.
///
/// Can be read once, by one reader at a time, and only until the closure returns that the response was handed to. What
/// is not read is not received: the transfer pauses when 512 KiB wait for their reader.
package struct HTTPResponseBody: Sendable, AsyncSequence {
    package typealias Element = [UInt8]

    /// Reads the body chunk by chunk.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let exchange: HTTPExchange

        /// The next chunk, of 1 byte to 64 KiB; `nil` at the body's end.
        ///
        /// - Throws: ``HTTPTransportError`` when the response broke off or a deadline passed; `CancellationError`.
        package mutating func next() async throws -> [UInt8]? {
            try await exchange.nextChunk()
        }
    }

    let exchange: HTTPExchange
    /// The length in bytes that the server announced, if it did.
    package let announcedLength: Int?

    package func makeAsyncIterator() -> Iterator { Iterator(exchange: exchange) }

    /// Reads the rest of the body.
    ///
    /// - Parameter limit: The most bytes to accept.
    /// - Throws: ``HTTPTransportError`` with ``HTTPTransportError/Code/responseTooLarge`` when there are more, before
    ///   any is read if the server announced their number; otherwise as the iterator does.
    package func collect(limit: Int) async throws -> [UInt8] {
        if let announcedLength, announcedLength > limit { throw tooLarge(limit) }
        var bytes: [UInt8] = []
        while let chunk = try await exchange.nextChunk() {
            guard bytes.count + chunk.count <= limit else { throw tooLarge(limit) }
            if bytes.isEmpty {
                if chunk.count == announcedLength { bytes = chunk; continue }
                bytes.reserveCapacity(announcedLength ?? chunk.count)
            }
            bytes.append(contentsOf: chunk)
        }
        return bytes
    }

    private func tooLarge(_ limit: Int) -> HTTPTransportError {
        HTTPTransportError(
            .responseTooLarge,
            "The response to \(exchange.description) has more than the \(limit) bytes that are accepted. "
                + "Check that the address is that of the right server."
        )
    }
}
