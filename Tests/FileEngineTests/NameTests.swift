import Glibc
import SystemPackage
import Testing

@testable import FileEngine

@Suite("Names in folders")
struct NameTests {
    @Test("A name longer than the C library declares is read to its end")
    func longEntry() {
        let long = [UInt8](repeating: UInt8(ascii: "n"), count: 700)
        for name in [long, Array("short".utf8)] {
            let size = 1024
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
            defer { unsafe memory.deallocate() }
            unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            unsafe memory[offset..<(offset + name.count)].copyBytes(from: name)
            let entry = unsafe memory.baseAddress.map { unsafe $0.assumingMemoryBound(to: dirent.self) }
            unsafe entry?.pointee.d_reclen = UInt16(size)
            #expect(unsafe entry.map { unsafe Array(Folder.name(of: $0)) } == name)
        }
    }

    @Test("A name that cannot be backed up is told, and what is beside it is backed up")
    func refused() async throws {
        try await FileTreeFixture.with { fixture in
            try fixture.run("cd source; mkdir folder; echo 1 > folder/file")
            let long = String(repeating: "ä", count: 200)
            let ledger = FileLedger()
            let walk = try FileWalk(fixture.source(), ledger: ledger) { folder throws(Errno) in
                var names = try folder.names()
                guard names.count == 1, names[0].text == "file" else { return names }
                for name in [long, "a/b", "", ".", ".."] { names.take(Array(name.utf8)[...]) }
                return names
            }
            var found: [String] = []
            while let node = walk.next(limit: 1).first { found.append(node.name.text) }
            #expect(found.suffix(3) == ["source", "folder", "file"])
            let failures = ledger.failures.named
            #expect(failures.map(\.path.text.utf8.count).max() ?? 0 > 400)
            #expect(
                failures.map(\.reason).sorted() == [
                    "its name is longer than 255 bytes", "its name is none that a file can have",
                    "its name is none that a file can have",
                ]
            )
        }
    }
}
