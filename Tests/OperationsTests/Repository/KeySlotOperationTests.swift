import Foundation
import ObjectStore
import ObjectStoreTestSupport
import Repository
import Synchronization
import SystemPackage
import Testing

@testable import Operations

@Suite("Keys of a repository")
struct KeySlotOperationTests {
    /// A location `disk` with a key file, and its files.
    private struct Disk {
        let user: TestUser
        var keyFile: FilePath { user.home.appending(".config/kbackup/keys/disk.key") }
        var staged: FilePath { FilePath(keyFile.string + ".new") }

        init(_ user: TestUser) async throws {
            self.user = user
            _ = try await AddLocation(
                "disk",
                url: "file://\(user.home)/repo",
                asksPassphrase: false,
                becomesDefault: true,
                settings: try user.settings()
            ).run()
        }

        var store: DirectoryObjectStore { DirectoryObjectStore(root: user.home.appending("repo")) }

        func opens(_ path: FilePath) async throws -> Bool {
            guard user.exists(path) else { return false }
            let key = try RepositoryKey.parseKeyFile(user.read(path), path: path.string)
            return (try? await Repository.open(store, key: key)) != nil
        }

        /// Files beside the key file.
        var neighbours: [FilePath] {
            let folder = keyFile.removingLastComponent()
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
            return names.sorted().map { folder.appending($0) }
        }

        func list() async throws -> [KeySlotDocument] {
            try await ListKeySlots(settings: try user.settings()).run().items
        }
    }

    @Test("A new key file is made, for its owner alone, and never over another file")
    func addKeyFile() async throws {
        try await TestUser.with { user in
            let disk = try await Disk(user)
            let settings = try user.settings()
            let path = user.home.appending("safe.key")
            let slot = try await AddKeySlot(
                try settings.newKey(file: "~/safe.key", passphraseFile: nil),
                label: "safe",
                settings: settings
            ).run()
            #expect(slot.type == "key-file")
            #expect(try user.mode(path) == 0o600)
            #expect(try await disk.opens(path))
            #expect(try await disk.list().map(\.label) == [nil, "safe"])
            #expect(try await disk.list().map(\.inUse) == [true, false])
            let before = try user.read(path)
            let error = await #expect(throws: OperationError.self) {
                _ = try await AddKeySlot(
                    try settings.newKey(file: "~/safe.key", passphraseFile: nil),
                    label: nil,
                    settings: settings
                ).run()
            }
            #expect(error?.code == .conflict)
            #expect(try user.read(path) == before)
            #expect(try await disk.list().count == 2)
        }
    }

    @Test("No key file is made for a repository that cannot be opened")
    func noOrphan() async throws {
        try await TestUser.with { user in
            let disk = try await Disk(user)
            try user.write(try #require(RepositoryKey.makeKeyFile().keyFileText), to: disk.keyFile)
            let settings = try user.settings()
            let error = await #expect(throws: RepositoryError.self) {
                _ = try await AddKeySlot(
                    try settings.newKey(file: "~/safe.key", passphraseFile: nil),
                    label: nil,
                    settings: settings
                ).run()
            }
            #expect(error?.code == .wrongKey)
            #expect(!user.exists(user.home.appending("safe.key")))
        }
    }

    @Test("A new passphrase is asked for twice, or read from a file or the environment; two of them exclude each other")
    func passphraseSources() async throws {
        try await TestUser.with { user in
            try user.write("second\n", to: user.home.appending("desk/p"))
            func read(
                _ variables: [String: String],
                file: String? = nil,
                passphraseFile: String? = nil,
                answers: [String] = []
            ) async throws -> String {
                let asked = Asked(answers)
                let reply: @Sendable (String) async throws -> String = { _ in asked.next() }
                let settings = try user.settings(variables: variables, answers: answers.isEmpty ? nil : reply)
                let key = try await settings.newKey(file: file, passphraseFile: passphraseFile)
                    .make(for: "disk", in: settings.context)
                guard case .passphrase(let text) = key else { return "a key file" }
                #expect(asked.isDone)
                return text
            }
            #expect(try await read(["KBACKUP_NEW_PASSPHRASE": "first"]) == "first")
            #expect(try await read(["KBACKUP_NEW_PASSPHRASE_FILE": "p"]) == "second")
            #expect(try await read([:], passphraseFile: "p") == "second")
            #expect(try await read(["KBACKUP_NEW_PASSPHRASE": "first"], passphraseFile: "p") == "second")
            #expect(try await read([:], answers: ["third", "third"]) == "third")
            #expect(try await read(["KBACKUP_NEW_PASSPHRASE": "first"], file: "k") == "a key file")
            let codes: [Status] = [.usage, .usage, .accessDenied, .accessDenied]
            let tries: [() async throws -> String] = [
                { try await read([:], file: "k2", passphraseFile: "p") },
                { try await read(["KBACKUP_NEW_PASSPHRASE": "a", "KBACKUP_NEW_PASSPHRASE_FILE": "p"]) },
                { try await read([:], answers: ["third", "fourth"]) },
                { try await read([:]) },
            ]
            for (code, body) in zip(codes, tries) {
                do {
                    _ = try await body()
                    Issue.record("nothing was thrown")
                } catch { #expect(Status(of: error) == code) }
            }
        }
    }

    @Test("A passphrase is replaced by another, and by a passphrase only")
    func rotatePassphrase() async throws {
        try await TestUser.with { user in
            let variables = ["KBACKUP_PASSPHRASE": "first", "KBACKUP_NEW_PASSPHRASE": "second"]
            let settings = try user.settings(variables: variables)
            _ = try await AddLocation(
                "disk",
                url: "file://\(user.home)/repo",
                asksPassphrase: false,
                becomesDefault: true,
                settings: settings
            ).run()
            let error = await #expect(throws: OperationError.self) {
                try await RotateKey(try settings.newKey(file: "~/k", passphraseFile: nil), settings: settings).run()
            }
            #expect(error?.code == .usage)
            #expect(!user.exists(user.home.appending("k")))
            let loaded = try user.settings(variables: variables)
            let outcome = try await RotateKey(nil, settings: loaded).run()
            #expect(outcome.keyFile == nil)
            #expect(outcome.removed?.id != outcome.added.id)
            let store = DirectoryObjectStore(root: user.home.appending("repo"))
            _ = try await Repository.open(store, key: .passphrase("second"))
            await #expect(throws: RepositoryError.self) {
                _ = try await Repository.open(store, key: .passphrase("first"))
            }
        }
    }

    @Test("A key file is replaced in its place, and the old one kept beside it")
    func rotateInPlace() async throws {
        try await TestUser.with { user in
            let disk = try await Disk(user)
            let before = try user.read(disk.keyFile)
            let outcome = try await RotateKey(nil, settings: try user.settings()).run()
            let removed = try #require(outcome.removed)
            let old = FilePath("\(disk.keyFile).\(removed.id).old")
            #expect(outcome.keyFile == disk.keyFile.string)
            #expect(outcome.oldKeyFile == old.string)
            #expect(disk.neighbours == [disk.keyFile, old])
            #expect(try user.read(old) == before)
            #expect(try user.mode(disk.keyFile) == 0o600)
            #expect(try await disk.opens(disk.keyFile))
            #expect(try await !disk.opens(old))
            #expect(try await disk.list().map(\.id) == [outcome.added.id])
        }
    }

    @Test("A key file that is a link is replaced where it leads to")
    func rotateLink() async throws {
        try await TestUser.with { user in
            let disk = try await Disk(user)
            let real = user.home.appending("vault/disk.key")
            try user.write(try user.read(disk.keyFile), to: real)
            try FileManager.default.removeItem(atPath: disk.keyFile.string)
            try FileManager.default.createSymbolicLink(
                atPath: disk.keyFile.string,
                withDestinationPath: real.string
            )
            _ = try await RotateKey(nil, settings: try user.settings()).run()
            #expect(try await disk.opens(real))
            #expect(try await disk.opens(disk.keyFile))
            #expect(disk.neighbours == [disk.keyFile])
        }
    }

    @Test("A key file is replaced by one elsewhere")
    func rotateElsewhere() async throws {
        try await TestUser.with { user in
            let disk = try await Disk(user)
            let settings = try user.settings()
            let outcome = try await RotateKey(
                try settings.newKey(file: "~/next.key", passphraseFile: nil),
                settings: settings
            ).run()
            #expect(outcome.keyFile == user.home.appending("next.key").string)
            #expect(outcome.oldKeyFile == nil)
            #expect(try await disk.opens(user.home.appending("next.key")))
            #expect(try await !disk.opens(disk.keyFile))
        }
    }

    @Test(
        "Cut off at any request, a rotation leaves a key that opens, and is finished by the next",
        arguments: CutOffStore.Moment.allCases
    )
    func cutOff(moment: CutOffStore.Moment) async throws {
        var request = 0
        var isCut = true
        while isCut {
            try await TestUser.with { user in
                let disk = try await Disk(user)
                let settings = try user.settings()
                let access = try settings.locationAccess()
                let cut = CutOffStore(disk.store, at: request, moment)
                let rotation = KeyFileRotation(
                    path: disk.keyFile,
                    access: access,
                    store: cut,
                    context: settings.context
                )
                let isDone = (try? await rotation.run()) != nil
                isCut = cut.isCut
                #expect(isDone == !isCut, "request \(request)")
                let opensOld = try await disk.opens(disk.keyFile)
                let opensNew = try await disk.opens(disk.staged)
                #expect(opensOld || opensNew, "request \(request)")
                if !opensOld {
                    let error = await #expect(throws: RepositoryError.self) { _ = try await access.open() }
                    #expect(error?.code == .wrongKey)
                    #expect(error?.message.contains("'kbackup repo key rotate' goes on") == true)
                }
                guard isCut else { return }
                _ = try await RotateKey(nil, settings: settings).run()
                #expect(try await disk.opens(disk.keyFile), "request \(request)")
                #expect(!user.exists(disk.staged))
                #expect(try await disk.list().count == 1)
            }
            request += 1
            if request > 50 { throw OperationError(.failed, "it never came to an end") }
        }
        #expect(request > 3)
    }

    @Test("A slot is removed once the user has agreed")
    func removes() async throws {
        try await TestUser.with { user in
            let disk = try await Disk(user)
            let settings = try user.settings()
            let slot = try await AddKeySlot(
                try settings.newKey(file: "~/safe.key", passphraseFile: nil),
                label: nil,
                settings: settings
            ).run()
            let remove = RemoveKeySlot(slot.id, isForced: false, settings: settings)
            await #expect(throws: OperationError.self) {
                _ = try await remove.run { _ in throw OperationError(.failed, "no") }
            }
            #expect(try await disk.list().count == 2)
            var asked = ""
            let removed = try await remove.run { asked = $0 }
            #expect(asked == "disk")
            #expect(removed.id == slot.id)
            #expect(try await disk.list().map(\.inUse) == [true])
            let last = await #expect(throws: RepositoryError.self) {
                _ = try await RemoveKeySlot(try await disk.list()[0].id, isForced: true, settings: settings).run { _ in
                }
            }
            #expect(last.map(Status.init(of:)) == .conflict)
        }
    }

    @Test("Labels are short texts", arguments: ["", "a\nb", String(repeating: "x", count: 65)])
    func labels(text: String) async throws {
        try await TestUser.with { user in
            #expect(throws: OperationError.self) {
                _ = try AddKeySlot(.prompt, label: text, settings: try user.settings())
            }
        }
    }
}

/// Answers questions one after the other.
private final class Asked: Sendable {
    private let rest: Mutex<[String]>

    init(_ answers: [String]) { rest = Mutex(answers) }

    var isDone: Bool { rest.withLock(\.isEmpty) }

    func next() -> String { rest.withLock { $0.isEmpty ? "" : $0.removeFirst() } }
}
