import Glibc

/// The names in a folder, sorted by their bytes, in one buffer: a folder may have a million.
struct NameList: Sendable {
    private var bytes: [UInt8] = []
    /// Where each name begins.
    private var starts: [UInt32] = []
    /// Names that no path of a backup can have.
    private(set) var refused: [FileName] = []

    init() {}

    init(_ names: [FileName]) {
        for name in names { append(name.bytes[...]) }
        sort()
    }

    var count: Int { starts.count }

    subscript(index: Int) -> FileName {
        let start = Int(starts[index])
        var end = start
        while bytes[end] != 0 { end += 1 }
        return FileName(bytes[start..<end])
    }

    /// Takes a name as the system gives it; `.` and `..` are passed over.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
        let name = FileName(bytes)
        if name.isPlain {
            append(bytes)
        } else if !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8) {
            refused.append(name)
        }
    }

    mutating func append(_ name: ArraySlice<UInt8>) {
        starts.append(UInt32(bytes.count))
        bytes.append(contentsOf: name)
        bytes.append(0)
    }

    mutating func sort() {
        // Unsafe for speed: each start lies in the buffer, and each name ends with a zero byte.
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            starts.sort { unsafe strcmp(base + Int($0), base + Int($1)) < 0 }
        }
    }
}
