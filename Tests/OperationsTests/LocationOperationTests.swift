import Foundation
import ObjectStore
import Repository
import SystemPackage
import Testing

@testable import Operations

@Suite("Locations")
struct LocationOperationTests {
    private func add(
        _ name: String,
        _ url: String,
        _ user: TestUser,
        flags: [Setting: [String]] = [:],
        variables: [String: String] = [:],
        asks: Bool = false,
        isDefault: Bool = false
    ) async throws -> AddLocation.Outcome {
        let answers: @Sendable (String) async throws -> String = { _ in "secret" }
        return try await AddLocation(
            name,
            url: url,
            asksPassphrase: asks,
            becomesDefault: isDefault,
            settings: try user.settings(flags: flags, variables: variables, answers: asks ? answers : nil)
        ).run()
    }

    @Test("The first location gets a repository, a key file, and is the default one")
    func addsFirst() async throws {
        try await TestUser.with { user in
            let outcome = try await add("disk", "file://\(user.home)/repo", user)
            let key = user.home.appending(".config/kbackup/keys/disk.key")
            #expect(outcome.isNewRepository)
            #expect(outcome.location.isDefault)
            #expect(outcome.keyNotice?.contains("'\(key)'") == true)
            #expect(try user.mode(key) == 0o600)
            #expect(
                try user.read(user.configurationFile) == """
                    default-location: disk
                    locations:
                    - name: disk
                      url: file://\(user.home)/repo
                      key-file: \(key)

                    """
            )
            _ = try await user.settings().locationAccess().open()
            let second = try await add("other", "file://\(user.home)/other", user)
            #expect(!second.location.isDefault)
            #expect(try user.settings().location().name == "disk")
            _ = try await add("third", "file://\(user.home)/third", user, isDefault: true)
            #expect(try user.settings().location().name == "third")
        }
    }

    @Test("A repository that is there is opened with its key, and not without")
    func addsExisting() async throws {
        try await TestUser.with { user in
            let url = "file://\(user.home)/repo"
            _ = try await add("one", url, user)
            let error = await #expect(throws: OperationError.self) { try await add("two", url, user) }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("--key-file") == true)
            let flags: [Setting: [String]] = [.keyFile: ["~/.config/kbackup/keys/one.key"]]
            let outcome = try await add("two", url, user, flags: flags)
            #expect(!outcome.isNewRepository)
            #expect(outcome.keyNotice == nil)
            let other = try #require(RepositoryKey.makeKeyFile().keyFileText)
            try user.write(other, to: user.home.appending("other.key"))
            let wrong = await #expect(throws: RepositoryError.self) {
                try await add("three", url, user, flags: [.keyFile: ["~/other.key"]])
            }
            #expect(wrong?.code == .wrongKey)
            #expect(try user.settings().file.locations.map(\.name) == ["one", "two"], "nothing is written on failure")
        }
    }

    @Test("A passphrase is never written anywhere")
    func passphrases() async throws {
        try await TestUser.with { user in
            try user.write("secret\n", to: user.home.appending("desk/p"))
            let outcome = try await add("file", "file://\(user.home)/file", user, flags: [.passphraseFile: ["p"]])
            #expect(outcome.keyNotice == nil)
            // Each key slot takes a second to try: the same repository does for the other ways.
            let url = "file://\(user.home)/file"
            _ = try await add("env", url, user, variables: ["KBACKUP_PASSPHRASE": "secret"])
            _ = try await add("asked", url, user, asks: true)
            let text = try user.read(user.configurationFile)
            #expect(!text.contains("secret"))
            #expect(text.contains("passphrase-file: \(user.home)/desk/p"))
            #expect(!text.contains("key-file"))
            for name in ["env", "asked"] {
                let location = try user.settings(flags: [.defaultLocation: [name]]).location()
                guard case .prompt = location.key else { throw OperationError(.failed, "\(name): \(location.key)") }
            }
        }
    }

    @Test("What cannot be added is refused, and leaves the configuration as it was")
    func refusals() async throws {
        try await TestUser.with { user in
            let url = "file://\(user.home)/repo"
            _ = try await add("disk", url, user)
            let before = try user.read(user.configurationFile)
            func code(_ body: () async throws -> AddLocation.Outcome) async -> Status? {
                do { _ = try await body() } catch { return Status(of: error) }
                return nil
            }
            #expect(await code { try await add("disk", url, user) } == .conflict)
            #expect(await code { try await add("local", url, user) } == .usage)
            #expect(await code { try await add("Disk", url, user) } == .usage)
            #expect(await code { try await add("a", "ftp://x", user) } == .usage)
            #expect(await code { try await add("a", url, user, flags: [.region: ["x"]]) } == .usage)
            try user.write("mine\n", to: user.home.appending("full/notes.txt"))
            #expect(await code { try await add("a", "file://\(user.home)/full", user) } == .conflict)
            #expect(try user.read(user.configurationFile) == before)
        }
    }

    @Test("A location that is removed is forgotten, and nothing else")
    func removes() async throws {
        try await TestUser.with { user in
            _ = try await add("disk", "file://\(user.home)/repo", user)
            _ = try await add("other", "file://\(user.home)/other", user)
            let removed = try await RemoveLocation("disk", settings: try user.settings()).run()
            #expect(removed.isDefault)
            #expect(user.exists(user.home.appending("repo/root")))
            #expect(user.exists(user.home.appending(".config/kbackup/keys/disk.key")))
            #expect(try user.settings().location().name == "other")
            let error = await #expect(throws: OperationError.self) {
                try await RemoveLocation("disk", settings: try user.settings()).run()
            }
            #expect(error?.code == .notFound)
            // Its key is still where it is looked for.
            #expect(try await !add("disk", "file://\(user.home)/repo", user).isNewRepository)
        }
    }

    @Test("An entry that is no usable location can be removed")
    func removesBroken() async throws {
        try await TestUser.with { user in
            try user.configure("locations:\n- name: broken\n  url: ftp://nowhere\n")
            let removed = try await RemoveLocation("broken", settings: try user.settings()).run()
            #expect(removed.url == "ftp://nowhere")
            #expect(try user.settings().file.locations.isEmpty)
        }
    }

    @Test("Locations are listed with the one that is used")
    func lists() async throws {
        try await TestUser.with { user in
            let none = try ListLocations(settings: try user.settings()).run()
            #expect(none.map(\.name) == ["local"])
            #expect(none[0].isDefault)
            #expect(!none[0].isConfigured)
            _ = try await add("disk", "file://\(user.home)/repo", user)
            #expect(try ListLocations(settings: try user.settings()).run().map(\.name) == ["disk", "local"])
            let variables = ["KBACKUP_URL": "s3://env"]
            let all = try ListLocations(settings: try user.settings(variables: variables)).run()
            #expect(all.map(\.name) == ["environment", "disk", "local"])
            #expect(all.map(\.isDefault) == [true, false, false])
        }
    }

    @Test("A sound location passes every step of a check")
    func checks() async throws {
        try await TestUser.with { user in
            _ = try await add("disk", "file://\(user.home)/repo", user)
            var context = user.context()
            context.now = { Date() }
            let report = try await CheckLocation(nil, settings: try Settings(context: context)).run()
            #expect(report.status == .complete)
            #expect(
                report.steps.map(\.name)
                    == ["reach", "write", "read", "conditional write", "clock", "delete", "object lock", "key"]
            )
            #expect(report.steps.allSatisfy { $0.result == .passed }, "\(report.steps)")
            let left = try FileManager.default.subpathsOfDirectory(atPath: "\(user.home)/repo")
            #expect(!left.contains { $0.contains("probe") })
        }
    }

    @Test("A check tells a clock that is off, a wrong key, and a folder that is gone")
    func checkFailures() async throws {
        try await TestUser.with { user in
            _ = try await add("disk", "file://\(user.home)/repo", user)
            // The clock of the test stands in the past.
            let skewed = try await CheckLocation("disk", settings: try user.settings()).run()
            #expect(skewed.steps.first { $0.name == "clock" }?.result == .warning)
            #expect(skewed.status == .complete)
            let other = try #require(RepositoryKey.makeKeyFile().keyFileText)
            try user.write(other, to: user.home.appending("other.key"))
            let settings = try user.settings(flags: [.keyFile: ["~/other.key"]])
            let wrong = try await CheckLocation("disk", settings: settings).run()
            #expect(wrong.steps.last?.result == .failed)
            #expect(wrong.status == .accessDenied)
            try FileManager.default.removeItem(atPath: "\(user.home)/repo")
            let gone = try await CheckLocation("disk", settings: try user.settings()).run()
            #expect(gone.steps.map(\.result) == [.failed] + Array(repeating: .skipped, count: 7))
            #expect(gone.status == .notFound)
        }
    }
}
