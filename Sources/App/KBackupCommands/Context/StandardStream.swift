import SystemPackage

/// Standard output or standard error of this process.
struct StandardStream: TextSink {
    let descriptor: FileDescriptor

    static let output = StandardStream(descriptor: .standardOutput)
    static let error = StandardStream(descriptor: .standardError)

    func write(_ text: String) throws {
        do {
            try descriptor.writeAll(text.utf8)
        } catch Errno.brokenPipe {
            throw OutputClosed()
        }
    }
}
