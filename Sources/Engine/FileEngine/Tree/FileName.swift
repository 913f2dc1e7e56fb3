/// One component of a path: any bytes but zero and `/`.
struct FileName: Sendable, Hashable {
    /// With a zero byte behind it, as system calls take it.
    private let terminated: [UInt8]

    init(_ bytes: ArraySlice<UInt8>) { terminated = bytes + [0] }

    /// That of a folder in itself.
    static let itself = FileName([UInt8(ascii: ".")])

    var bytes: [UInt8] { terminated.dropLast() }

    var text: String { String(decoding: terminated.dropLast(), as: UTF8.self) }

    /// Whether it names something in a folder, and not the folder, its parent, or a path out of it.
    var isPlain: Bool {
        let name = terminated.dropLast()
        return !name.isEmpty && name.count <= 255 && !name.contains(0) && !name.contains(UInt8(ascii: "/"))
            && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
    }

    /// Runs a system call with the name.
    func withPointer<Value>(_ body: (UnsafePointer<CChar>) throws -> Value) rethrows -> Value {
        try unsafe terminated.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("there is a zero byte at least") }
            return try unsafe body(start.assumingMemoryBound(to: CChar.self))
        }
    }
}
