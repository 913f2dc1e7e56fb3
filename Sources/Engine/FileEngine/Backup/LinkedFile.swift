import Synchronization

/// A file with several names on its way into a backup: its data is stored under the first that it can be read by.
final class LinkedFile: Sendable {
    /// The name that was found first.
    let firstPath: StoredPath
    private let stored = Mutex<StoredPath?>(nil)

    init(firstPath: StoredPath) { self.firstPath = firstPath }

    /// The name that has the data; `nil` as long as none has.
    ///
    /// Known for sure once all names before have been taken into the manifest.
    var dataPath: StoredPath? { stored.withLock { $0 } }

    func store(at path: StoredPath) { stored.withLock { $0 = path } }
}
