import Synchronization

@testable import Repository

/// A cache in memory.
final class TestCache: RepositoryCache {
    let files = Mutex<[String: [UInt8]]>([:])

    func read(_ name: String, limit: Int) -> [UInt8]? {
        files.withLock { files in files[name].flatMap { $0.count <= limit ? $0 : nil } }
    }

    func write(_ bytes: ArraySlice<UInt8>, as name: String) { files.withLock { $0[name] = Array(bytes) } }

    func remove(_ name: String) { files.withLock { $0[name] = nil } }

    func change(_ body: (String, inout [UInt8]) -> Void) {
        files.withLock { files in
            for name in files.keys.sorted() {
                files[name].map { old in
                    var new = old
                    body(name, &new)
                    files[name] = new
                }
            }
        }
    }
}
