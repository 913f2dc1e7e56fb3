import SystemPackage
import Testing

@testable import Operations

@Suite("Folders to restore files into")
struct FilesTargetTests {
    @Test(
        "What may not be written is not allowed, and told so",
        arguments: [Errno.permissionDenied, .notPermitted, .readOnlyFileSystem]
    )
    func refusal(error: Errno) {
        let refusal = FilesTarget.refusal("/srv/out", error)
        #expect(refusal.code == .accessDenied)
        #expect(refusal.message.hasPrefix("You may not restore into '/srv/out' ("))
    }

    @Test("Folders are made with those above them, and are empty only when nothing is in them")
    func makes() async throws {
        try await TestUser.with { user in
            let folder = user.home.appending("a/b")
            try FilesTarget.make(folder)
            try FilesTarget.make(folder)
            #expect(try FilesTarget.isEmpty(folder))
            try user.write("x", to: folder.appending(".hidden"))
            #expect(try !FilesTarget.isEmpty(folder))
            #expect(throws: Errno.notDirectory) { try FilesTarget.make(folder.appending(".hidden/c")) }
        }
    }

    @Test("A folder that cannot be made, not even by root, is an error")
    func refused() {
        #expect(throws: Errno.self) { try FilesTarget.make("/proc/self/kbackup") }
    }
}
