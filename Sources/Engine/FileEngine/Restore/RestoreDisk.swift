import SystemPackage

/// How the data of a restore gets to the disk, where it may turn out to be full or broken.
struct RestoreDisk: Sendable {
    /// Writes bytes at an offset of a file.
    var write: @Sendable (OpenFile, ArraySlice<UInt8>, Int) throws(Errno) -> Void = {
        (file, bytes, offset) throws(Errno) in try file.write(bytes, at: offset)
    }
    /// Brings up what went wrong with writes of a file that a server, or a program, has taken and not done yet.
    var flush: @Sendable (OpenFile) throws(Errno) -> Void = { (file) throws(Errno) in try file.flush() }
}
