import Glibc
import SystemPackage

/// Keeps other processes, and other calls of this one, from changing a folder's files meanwhile.
///
/// The operating system ends the lock with the process that has it, however that ends.
final class FolderLock {
    private let file: FileDescriptor

    deinit { try? file.close() }

    /// Gives the lock back; nothing if that has been done.
    func end() { _ = flock(file.rawValue, LOCK_UN) }

    /// Takes the lock, or gives `nil` when somebody has it.
    init?(in folder: FolderDescriptor, _ name: String) throws {
        let file = try folder.openOrMakeFile(name)
        guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let problem = Errno.current
            try? file.close()
            if problem == .wouldBlock || problem == .interrupted { return nil }
            throw problem
        }
        self.file = file
    }
}
