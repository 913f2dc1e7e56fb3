import Repository
import Synchronization

/// Adds up progress from several tasks.
final class ProgressMeter: Sendable {
    private let state = Mutex(BackupProgress())
    private let onProgress: @Sendable (BackupProgress) -> Void

    init(_ onProgress: @escaping @Sendable (BackupProgress) -> Void) { self.onProgress = onProgress }

    func update(_ writer: BackupWriter, _ change: (inout BackupProgress) -> Void) {
        let progress = state.withLock { state in
            change(&state)
            state.storedBytes = writer.statistics.storedBytes
            return state
        }
        onProgress(progress)
    }
}
