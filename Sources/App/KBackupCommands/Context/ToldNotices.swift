import Operations
import Synchronization

/// Remembers what the user was told, so that no line comes twice.
final class ToldNotices: Sendable {
    /// More than this many differ for a reason, and are not remembered.
    private static let limit = 1000

    private let told = Mutex<[OperationContext.Notice]>([])

    func isNews(_ notice: OperationContext.Notice) -> Bool {
        told.withLock { told in
            if told.contains(notice) { return false }
            if told.count < Self.limit { told.append(notice) }
            return true
        }
    }
}
