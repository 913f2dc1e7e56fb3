/// Runs `body` to its end although the calling task may be cancelled: for the last words of work that was cut off.
///
/// - Parameter limit: After so long, `body` is cancelled itself.
/// - Throws: What `body` throws.
package func uncancelled<Value: Sendable>(
    within limit: Duration,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    // The children of a cancelled task are born cancelled. This one is no child, but it is awaited here.
    let work = Task {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                if let value = end { return value }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }
    return try await work.value
}
