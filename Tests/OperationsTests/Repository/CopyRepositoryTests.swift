import Foundation
import ObjectStore
import Repository
import SystemPackage
import Testing

@testable import Operations

@Suite("Copies of a repository")
struct CopyRepositoryTests {
    private func add(_ name: String, _ user: TestUser) async throws {
        _ = try await AddLocation(
            name,
            url: "file://\(user.home)/\(name)",
            asksPassphrase: false,
            becomesDefault: false,
            settings: try user.settings()
        ).run()
    }

    private func copy(
        _ user: TestUser,
        to target: CopyRepository.Target = .init(location: "offsite"),
        _ names: [String] = [],
        cluster: String? = nil,
        flags: [Setting: [String]] = [:],
        variables: [String: String] = [:]
    ) async throws -> RepositoryCopyDocument {
        try await CopyRepository(
            to: target,
            names: names,
            cluster: cluster,
            jobs: 2,
            settings: try user.settings(flags: flags, variables: variables)
        ).run()
    }

    private func open(_ name: String, _ user: TestUser) async throws -> Repository {
        try await LocationAccess(location: try user.settings().location(named: name), context: user.context()).open()
    }

    @Test("All backups are copied, or those that are named, and what is there stays")
    func copies() async throws {
        try await TestUser.with { user in
            try await add("disk", user)
            try await add("offsite", user)
            let source = try await open("disk", user)
            var sample = SampleBackup.small
            for (name, cluster) in [("one", "c1"), ("two", "c1"), ("one", "c2")] {
                sample.name = name
                sample.cluster = cluster
                try await sample.write(to: source)
            }
            let ambiguous = await #expect(throws: OperationError.self) { try await copy(user, ["one"]) }
            #expect(ambiguous?.code == .conflict)
            let unknown = await #expect(throws: OperationError.self) { try await copy(user, ["three"]) }
            #expect(unknown?.code == .notFound)
            let first = try await copy(user, ["one"], cluster: "c1")
            #expect(first.backups.map(\.result) == [.copied])
            #expect(first.backups[0].storedBytes > 0)
            #expect(!first.isNewRepository)
            let all = try await copy(user)
            #expect(all.backups.map(\.name) == ["one", "two", "one"])
            #expect(all.backups.map(\.cluster) == ["c1", "c1", "c2"])
            #expect(all.backups.map(\.result) == [.present, .copied, .copied])
            // The copies are backups like any other.
            let described = try await DescribeBackup(
                "two",
                cluster: nil,
                settings: try user.settings(flags: [.defaultLocation: ["offsite"]])
            ).run()
            #expect(described.name == "two")
        }
    }

    @Test("A repository is made in an empty location, with the key of that location alone")
    func makesTarget() async throws {
        try await TestUser.with { user in
            try await add("disk", user)
            try await SampleBackup.small.write(to: try await open("disk", user))
            let key = user.home.appending(".config/kbackup/keys/disk.key")
            let moved = user.home.appending("moved.key")
            try FileManager.default.moveItem(atPath: key.string, toPath: moved.string)
            let document = try await copy(
                user,
                to: .init(location: "local"),
                flags: [.keyFile: ["~/moved.key"]],
                variables: ["KBACKUP_STORAGE_LOCATION": "disk"]
            )
            #expect(document.isNewRepository)
            #expect(document.to == "local")
            #expect(document.backups.map(\.result) == [.copied])
            let copied = try await open("local", user)
            #expect(try await copied.snapshots.list().count == 1)
            #expect(user.exists(user.home.appending(".config/kbackup/keys/local.key")))
            let theirs = RepositoryKey.makeKeyFile()
            let other = user.home.appending("other")
            let store = DirectoryObjectStore(root: other)
            try await store.makeRoot()
            _ = try await Repository.create(in: store, key: theirs, at: TestUser.now)
            try user.write(try #require(theirs.keyFileText), to: user.home.appending("theirs.key"))
            try user.configure(
                try user.read(user.configurationFile) + "- {name: other, url: \"file://\(other)\", key-file: none}\n"
            )
            let given = try await copy(
                user,
                to: .init(location: "other", keyFile: "~/theirs.key"),
                flags: [.keyFile: ["~/moved.key"], .defaultLocation: ["disk"]]
            )
            #expect(given.backups.map(\.result) == [.copied])
        }
    }

    @Test("A backup that cannot be copied does not keep the others from it")
    func failures() async throws {
        try await TestUser.with { user in
            try await add("disk", user)
            try await add("offsite", user)
            let source = try await open("disk", user)
            var sample = SampleBackup.small
            try await sample.write(to: source)
            try await sample.write(to: try await open("offsite", user))
            sample.name = "other"
            try await sample.write(to: source)
            let document = try await copy(user)
            #expect(document.backups.map(\.result) == [.failed, .copied])
            #expect(document.failed.first?.message?.contains("another backup 'nightly'") == true)
        }
    }

    @Test("A repository is not copied into itself")
    func itself() async throws {
        try await TestUser.with { user in
            try await add("disk", user)
            let error = await #expect(throws: OperationError.self) { try await copy(user, to: .init(location: "disk")) }
            #expect(error?.code == .usage)
            await #expect(throws: OperationError.self) { try await copy(user, to: .init(location: "nowhere")) }
            #expect(throws: OperationError.self) {
                _ = try CopyRepository(
                    to: .init(location: "x"),
                    names: [],
                    cluster: nil,
                    jobs: 0,
                    settings: try user.settings()
                )
            }
        }
    }
}
