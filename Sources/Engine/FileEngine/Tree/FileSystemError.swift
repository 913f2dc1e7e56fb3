import Glibc
import SystemPackage

extension Errno {
    /// What the last system call of this thread failed with.
    static var current: Errno { Errno(rawValue: errno) }
}

/// Runs a system call again while signals interrupt it.
///
/// - Throws: `Errno` when it returns -1.
@discardableResult
func systemCall(_ body: () -> Int) throws(Errno) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let error = Errno.current
        if error != .interrupted { throw error }
    }
}
