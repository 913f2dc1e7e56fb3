import CZstd
import Synchronization

/// Contexts of libzstd that are not in use: making one costs as much as compressing a small block with it.
///
/// A context is used by one thread at a time: who takes it out owns it until it is put back.
@safe final class ContextPool: Sendable {
    /// One context, freed with its last owner.
    ///
    /// Not used by two threads at once, because the pool hands it to one owner only: hence unchecked.
    @safe final class Context: @unchecked Sendable {
        let pointer: OpaquePointer
        private let free: (OpaquePointer) -> Void

        init(_ pointer: OpaquePointer, free: @escaping (OpaquePointer) -> Void) {
            unsafe self.pointer = unsafe pointer
            unsafe self.free = unsafe free
        }

        deinit { unsafe free(pointer) }
    }

    static let compression = unsafe ContextPool(
        make: { unsafe ZSTD_createCCtx() },
        free: { unsafe _ = ZSTD_freeCCtx($0) }
    )

    static let expansion = unsafe ContextPool(
        make: { unsafe ZSTD_createDCtx() },
        free: { unsafe _ = ZSTD_freeDCtx($0) }
    )

    /// More would only hold memory: no more run at once on ordinary machines.
    private static let capacity = 8

    private let make: @Sendable () -> OpaquePointer?
    private let free: @Sendable (OpaquePointer) -> Void
    private let idle = Mutex<[Context]>([])

    private init(make: @escaping @Sendable () -> OpaquePointer?, free: @escaping @Sendable (OpaquePointer) -> Void) {
        unsafe self.make = unsafe make
        unsafe self.free = unsafe free
    }

    /// Runs `body` with a context of its own.
    func withContext<Value>(_ body: (OpaquePointer) -> Value) -> Value {
        let context = idle.withLock { $0.popLast() } ?? makeContext()
        defer { idle.withLock { if $0.count < Self.capacity { $0.append(context) } } }
        return unsafe body(context.pointer)
    }

    private func makeContext() -> Context {
        guard let pointer = unsafe make() else { preconditionFailure("there is no memory left for libzstd") }
        return unsafe Context(pointer, free: free)
    }
}
