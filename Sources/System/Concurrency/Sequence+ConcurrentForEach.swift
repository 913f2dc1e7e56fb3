extension Sequence where Element: Sendable {
    /// Runs `operation` on every element, with at most `width` operations in flight.
    ///
    /// Elements are started in order and may finish in any order. The first error cancels the operations in flight,
    /// waits for them to stop, and is then thrown.
    ///
    /// - Parameters:
    ///   - width: The most operations that run at once. Must be at least 1.
    ///   - operation: The work for one element.
    /// - Throws: The first error that `operation` throws, or `CancellationError` if the task is cancelled.
    package func concurrentForEach(
        width: Int,
        _ operation: @escaping @concurrent @Sendable (Element) async throws -> Void
    ) async throws {
        precondition(width >= 1, "concurrentForEach needs a width of at least 1, got \(width)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            var inFlight = 0
            for element in self {
                try Task.checkCancellation()
                if inFlight == width {
                    try await group.next()
                    inFlight -= 1
                }
                group.addTask { try await operation(element) }
                inFlight += 1
            }
            try await group.waitForAll()
        }
    }

    /// Maps every element with at most `width` operations in flight; results come in the order of the elements.
    ///
    /// - Throws: As ``concurrentForEach(width:_:)``.
    package func concurrentMap<Value: Sendable>(
        width: Int,
        _ operation: @escaping @concurrent @Sendable (Element) async throws -> Value
    ) async throws -> [Value] {
        precondition(width >= 1, "concurrentMap needs a width of at least 1, got \(width)")
        return try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var values: [Value?] = []
            var inFlight = 0
            for (index, element) in enumerated() {
                try Task.checkCancellation()
                values.append(nil)
                if inFlight == width, let (done, value) = try await group.next() {
                    values[done] = value
                    inFlight -= 1
                }
                group.addTask { (index, try await operation(element)) }
                inFlight += 1
            }
            while let (done, value) = try await group.next() { values[done] = value }
            return values.compactMap { $0 }
        }
    }
}
