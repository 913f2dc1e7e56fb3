import Foundation
import SystemPackage
import Testing
import UserTestSupport

@testable import ObjectStore

@Suite("Directory object store")
struct DirectoryObjectStoreTests {
    @Test("Files and folders are their owner's alone")
    func modes() async throws {
        try await withFolder { folder, store in
            try await store.put([1], at: ObjectKey("a/b/c"), if: .absent)
            try await store.put([2], at: ObjectKey("a/b/c"), if: .always)
            #expect(try mode(folder) == 0o700)
            for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
                let isFolder = ["a", "a/b", ".kbackup"].contains(path)
                #expect(try mode(folder.appending(path: path)) == (isFolder ? 0o700 : 0o600), "\(path)")
            }
        }
    }

    @Test("A directory that is not there is not made by a put")
    func missingRoot() async throws {
        try await withFolder { folder, _ in
            let store = DirectoryObjectStore(root: FilePath(folder.appending(path: "not/mounted").path))
            let key = ObjectKey("a")
            for operation in operations(on: store, key) {
                let error = await #expect(throws: ObjectStoreError.self) { try await operation() }
                #expect(error?.code == .locationNotFound)
                #expect(error?.message.contains("not/mounted") == true)
            }
            try await store.makeRoot()
            try await store.makeRoot()
            try await store.put([1], at: key, if: .absent)
        }
    }

    @Test("Folders above the directory need not be readable")
    func searchOnlyParents() async throws {
        try await withFolder { folder, _ in
            let above = folder.appending(path: "above")
            let inside = above.appending(path: "inside")
            try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
            for (path, mode) in [(folder, 0o711), (inside, 0o777), (above, 0o111)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.path)
            }
            defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: above.path) }
            let store = DirectoryObjectStore(root: FilePath(inside.appending(path: "a/b").path))
            try asOrdinaryUser { try store.makeFolders() }
            #expect(FileManager.default.fileExists(atPath: inside.appending(path: "a/b").path))
        }
    }

    @Test("An object whose name may not be on the disk is said to be written all the same", arguments: [true, false])
    func unsettled(usesLinks: Bool) async throws {
        try await withFolder { folder, _ in
            var store = DirectoryObjectStore(root: FilePath(folder.path))
            store.usesLinks = usesLinks
            store.synchronize = { _ in throw Errno.ioError }
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1], at: ObjectKey("a"), if: .absent)
            }
            #expect(error?.message.contains("Object 'a' was written") == true)
            #expect(error?.isTransient == false)
            let body = try await store.get(ObjectKey("a"))
            #expect(body == [1])
        }
    }

    @Test("A temporary file that cannot be removed is no failure of the put that made it")
    func stuckTemporaryFile() async throws {
        try await withFolder { folder, _ in
            var store = DirectoryObjectStore(root: FilePath(folder.path))
            let own = folder.appending(path: ".kbackup")
            store.synchronize = { _ in
                // What is a folder cannot be removed as a file.
                let files = FileManager.default
                for name in try files.contentsOfDirectory(atPath: own.path) where name.hasPrefix("incoming-") {
                    try files.removeItem(at: own.appending(path: name))
                    try files.createDirectory(at: own.appending(path: name), withIntermediateDirectories: false)
                }
            }
            try await store.put([1], at: ObjectKey("a"), if: .absent)
            let body = try await store.get(ObjectKey("a"))
            #expect(body == [1])
        }
    }

    @Test("A file system's lost+found is left alone, and an object of that name is kept all the same")
    func lostAndFound() async throws {
        try await withFolder { folder, store in
            let found = folder.appending(path: "lost+found")
            try FileManager.default.createDirectory(at: found, withIntermediateDirectories: false)
            try Data([1]).write(to: found.appending(path: "#123"))
            #expect(try await store.list(prefix: "").isEmpty)
            #expect(try await store.stat(ObjectKey("lost+found/#123")) == nil)
            let key = ObjectKey("lost+found/a")
            try await store.put([2], at: key, if: .absent)
            #expect(try await store.get(key) == [2])
            #expect(try await store.list(prefix: "").map(\.key) == [key])
            #expect(try FileManager.default.contentsOfDirectory(atPath: found.path) == ["#123"])
        }
    }

    @Test("A file in place of the directory is named")
    func rootIsFile() async throws {
        try await withFolder { folder, _ in
            let file = folder.appending(path: "file")
            try Data().write(to: file)
            let store = DirectoryObjectStore(root: FilePath(file.path))
            let error = await #expect(throws: ObjectStoreError.self) { try await store.list(prefix: "") }
            #expect(error?.code == .misconfigured)
            await #expect(throws: ObjectStoreError.self) { try await store.makeRoot() }
        }
    }

    @Test("What a crashed write leaves behind is never seen, and goes when it is old")
    func leftovers() async throws {
        try await withFolder { folder, store in
            let own = folder.appending(path: ".kbackup")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let old = own.appending(path: "incoming-1")
            let new = own.appending(path: "incoming-2")
            for file in [old, new] { try Data([1, 2]).write(to: file) }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -4000)],
                ofItemAtPath: old.path
            )
            #expect(try await store.list(prefix: "").isEmpty)
            try await store.put([1], at: ObjectKey("a"), if: .absent)
            #expect(!FileManager.default.fileExists(atPath: old.path))
            #expect(FileManager.default.fileExists(atPath: new.path))
            #expect(try await store.list(prefix: "").map(\.key.rawValue) == ["a"])
        }
    }

    @Test("No temporary file stays after a put, whether it wrote or not")
    func noTemporaryFiles() async throws {
        try await withFolder { folder, store in
            let version = try await store.put([1], at: ObjectKey("a"), if: .absent)
            _ = try? await store.put([2], at: ObjectKey("a"), if: .absent)
            try await store.put([2], at: ObjectKey("a"), if: .matches(version))
            _ = try? await store.put([3], at: ObjectKey("a"), if: .matches(version))
            _ = try? await store.put([3], at: ObjectKey("a/beneath"), if: .absent)
            try await store.put([4], at: ObjectKey("a"), if: .always)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: ".kbackup").path)
            #expect(left == ["lock"])
        }
    }

    @Test("Symbolic links are not followed")
    func symbolicLinks() async throws {
        try await withFolder { outside, _ in
            try await withFolder { folder, store in
                try Data([7]).write(to: outside.appending(path: "secret"))
                let files = FileManager.default
                try files.createSymbolicLink(at: folder.appending(path: "folder"), withDestinationURL: outside)
                try files.createSymbolicLink(
                    at: folder.appending(path: "file"),
                    withDestinationURL: outside.appending(path: "secret")
                )
                for key in ["file", "folder/secret"] {
                    #expect(try await store.stat(ObjectKey(key)) == nil)
                    await #expect(throws: ObjectStoreError.self) { try await store.get(ObjectKey(key)) }
                    for condition in [PutCondition.absent, .always] {
                        let error = await #expect(throws: ObjectStoreError.self) {
                            try await store.put([1], at: ObjectKey(key), if: condition)
                        }
                        #expect(error.map { [.refused, .conflict].contains($0.code) } == true)
                    }
                    try await store.delete([ObjectKey(key)])
                }
                #expect(try await store.list(prefix: "").isEmpty)
                #expect(try Data(contentsOf: outside.appending(path: "secret")) == Data([7]))
                #expect(try files.contentsOfDirectory(atPath: outside.path) == ["secret"])
            }
        }
    }

    @Test("The directory itself may be a symbolic link")
    func linkedRoot() async throws {
        try await withFolder { folder, _ in
            try await withFolder { target, _ in
                let link = folder.appending(path: "link")
                try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
                let store = DirectoryObjectStore(root: FilePath(link.path))
                try await store.put([1], at: ObjectKey("a"), if: .absent)
                #expect(FileManager.default.fileExists(atPath: target.appending(path: "a").path))
            }
        }
    }

    @Test("What was a folder may be an object when it is empty")
    func folderBecomesObject() async throws {
        try await withFolder { folder, store in
            try await store.put([1], at: ObjectKey("a/b/c"), if: .absent)
            try await store.delete([ObjectKey("a/b/c")])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [".kbackup"])
            try await store.put([2], at: ObjectKey("a"), if: .absent)
            #expect(try await store.get(ObjectKey("a")) == [2])
        }
    }

    @Test("A backslash and control characters are like other characters")
    func oddCharacters() async throws {
        try await withFolder { _, store in
            let keys = ["a\u{1}b", "a\nb", "a\\b", "a\u{7f}"].map { ObjectKey($0) }
            for key in keys { try await store.put(Array(key.rawValue.utf8), at: key, if: .absent) }
            #expect(try await store.list(prefix: "").map(\.key) == keys.sorted())
            for key in keys { #expect(try await store.get(key) == Array(key.rawValue.utf8)) }
        }
    }

    @Test("An object does not lie beneath another one", arguments: [PutCondition.absent, .always])
    func beneath(condition: PutCondition) async throws {
        try await withFolder { _, store in
            try await store.put([1], at: ObjectKey("a"), if: .absent)
            try await store.put([1], at: ObjectKey("b/c"), if: .absent)
            for key in ["a/b", "b"] {
                let error = await #expect(throws: ObjectStoreError.self) {
                    try await store.put([2], at: ObjectKey(key), if: condition)
                }
                #expect(error?.code == .refused)
            }
        }
    }

    @Test("A segment too long for the file system is refused by name")
    func longName() async throws {
        try await withFolder { _, store in
            try await store.put([1], at: ObjectKey(String(repeating: "a", count: 255)), if: .absent)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1], at: ObjectKey(String(repeating: "a", count: 256)), if: .absent)
            }
            #expect(error?.code == .refused)
        }
    }

    @Test("Versions differ even when inode, size and clock tick are the same")
    func versions() async throws {
        try await withFolder { _, store in
            var versions: Set<VersionTag> = []
            for _ in 0..<200 { versions.insert(try await store.put([1], at: ObjectKey("a"), if: .always)) }
            #expect(versions.count == 200)
        }
    }

    @Test("Two stores on one directory exclude each other as two processes do")
    func sharedDirectory() async throws {
        try await withFolder { folder, store in
            let other = DirectoryObjectStore(root: FilePath(folder.path))
            let key = ObjectKey("counter")
            try await store.put([0], at: key, if: .absent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for store in [store, other] {
                    group.addTask {
                        var steps = 0
                        while steps < 50 {
                            let counter = try await store.get(key, range: .whole(limit: 1 << 30))
                            do {
                                try await store.put([counter.bytes[0] + 1], at: key, if: .matches(counter.version))
                                steps += 1
                            } catch let error as ObjectStoreError where error.code == .conflict {}
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.get(key) == [100])
        }
    }

    @Test("Without links, too, exactly one of many create-only puts wins")
    func withoutLinks() async throws {
        try await withFolder { folder, _ in
            var store = DirectoryObjectStore(root: FilePath(folder.path))
            store.usesLinks = false
            let winners = await withTaskGroup(of: UInt8?.self) { [store] group in
                for writer: UInt8 in 0..<8 {
                    group.addTask {
                        (try? await store.put([writer], at: ObjectKey("a"), if: .absent)) == nil ? nil : writer
                    }
                }
                return await group.reduce(into: [UInt8]()) { if let writer = $1 { $0.append(writer) } }
            }
            #expect(winners.count == 1)
            let body = try await store.get(ObjectKey("a"))
            #expect(body == winners)
        }
    }

    @Test("Putting into folders that are emptied at the same time works")
    func vanishingFolders() async throws {
        try await withFolder { _, store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 {
                    group.addTask {
                        for step in 0..<50 {
                            let key = ObjectKey("x/y/\(task)-\(step)")
                            try await store.put([1], at: key, if: step.isMultiple(of: 2) ? .absent : .always)
                            try await store.delete([key])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.list(prefix: "").isEmpty)
        }
    }

    /// `KBACKUP_TEST_SMALL_DISK` names a folder on a file system of a few MiB, such as a tmpfs.
    private static let smallDisk = ProcessInfo.processInfo.environment["KBACKUP_TEST_SMALL_DISK"]

    @Test("A full disk is reported as such, and leaves nothing behind", .enabled(if: smallDisk != nil))
    func diskFull() async throws {
        let folder = URL(filePath: try #require(Self.smallDisk)).appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = DirectoryObjectStore(root: FilePath(folder.path))
        try await store.makeRoot()
        try await store.put([1], at: ObjectKey("a"), if: .absent)
        for condition in [PutCondition.absent, .always] {
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([UInt8](repeating: 1, count: 64 << 20), at: ObjectKey("b"), if: condition)
            }
            #expect(error?.code == .full)
        }
        #expect(try await store.list(prefix: "").map(\.key.rawValue) == ["a"])
        try await store.put([2], at: ObjectKey("b"), if: .absent)
    }

    private func operations(
        on store: DirectoryObjectStore,
        _ key: ObjectKey
    ) -> [@Sendable () async throws -> Void] {
        [
            { try await store.put([1], at: key, if: .absent) },
            { try await store.put([1], at: key, if: .always) },
            { _ = try await store.get(key) },
            { _ = try await store.stat(key) },
            { _ = try await store.list(prefix: "") },
            { try await store.delete([key]) },
        ]
    }

    private func mode(_ url: URL) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int)
    }

    private func withFolder(_ body: (URL, DirectoryObjectStore) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kbackup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = DirectoryObjectStore(root: FilePath(folder.path))
        try await store.makeRoot()
        try await body(folder, store)
    }
}

extension ObjectStore {
    /// Reads a whole object, of whatever size tests make.
    func get(_ key: ObjectKey) async throws -> [UInt8] { try await get(key, limit: 1 << 30) }
}
