import Repository
import Synchronization
import SystemPackage
import Testing

@testable import Operations

@Suite("Keys and passphrases")
struct KeySourceTests {
    private static let location = "locations:\n  - name: a\n    url: file:///a\n"

    private func passphrase(_ settings: Settings, isNew: Bool = false) async throws -> String {
        let location = try settings.location()
        let key = try await location.key.read(for: location.name, isNew: isNew, in: settings.context)
        guard case .passphrase(let text)? = key else {
            throw OperationError(.failed, "no passphrase: \(String(describing: key))")
        }
        return text
    }

    @Test("A flag counts more than a variable, a variable more than the file, and the terminal comes last")
    func precedence() async throws {
        try await TestUser.with { user in
            let files = ["flag", "variable", "file"].map { user.home.appending($0) }
            for file in files { try user.write("from-\(file.lastComponent?.string ?? "")\n", to: file) }
            let answers: @Sendable (String) async throws -> String = { _ in "from-terminal" }
            try user.configure(Self.location)
            #expect(try await passphrase(try user.settings(answers: answers)) == "from-terminal")
            try user.configure(Self.location + "    passphrase-file: ~/file\n")
            #expect(try await passphrase(try user.settings(answers: answers)) == "from-file")
            let secret = ["KBACKUP_PASSPHRASE": "from-environment"]
            #expect(try await passphrase(try user.settings(variables: secret, answers: answers)) == "from-environment")
            let variables = ["KBACKUP_PASSPHRASE_FILE": "~/variable"]
            #expect(try await passphrase(try user.settings(variables: variables, answers: answers)) == "from-variable")
            let flags: [Setting: [String]] = [.passphraseFile: ["~/flag"]]
            #expect(try await passphrase(try user.settings(flags: flags, variables: variables)) == "from-flag")
            #expect(user.notices.isEmpty)
        }
    }

    @Test("Two ways to open one repository exclude each other")
    func exclusive() async throws {
        try await TestUser.with { user in
            try user.configure(Self.location)
            let flags: [Setting: [String]] = [.keyFile: ["/k"], .passphraseFile: ["/p"]]
            let one = try #require(throws: OperationError.self) { try user.settings(flags: flags).location() }
            #expect(one.message.contains("--key-file and --passphrase-file exclude each other"))
            let variables = ["KBACKUP_KEY_FILE": "/k", "KBACKUP_PASSPHRASE": "p"]
            let two = try #require(throws: OperationError.self) { try user.settings(variables: variables).location() }
            #expect(two.message.contains("KBACKUP_PASSPHRASE is set together with"))
            #expect(!two.message.contains("'p'"))
        }
    }

    @Test("Without a terminal, the message says how to give a passphrase")
    func noTerminal() async throws {
        try await TestUser.with { user in
            try user.configure(Self.location)
            let error = await #expect(throws: OperationError.self) { try await passphrase(try user.settings()) }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("KBACKUP_PASSPHRASE_FILE") == true)
        }
    }

    @Test("A new passphrase is asked for twice")
    func newPassphrase() async throws {
        try await TestUser.with { user in
            try user.configure(Self.location)
            let questions = Mutex<[String]>([])
            let same = try user.settings(answers: { question in
                questions.withLock { $0.append(question) }
                return "secret"
            })
            #expect(try await passphrase(same, isNew: true) == "secret")
            #expect(questions.withLock { $0 } == ["New passphrase of location 'a': ", "The same passphrase again: "])
            let different = try user.settings(answers: { $0.contains("again") ? "secert" : "secret" })
            let error = await #expect(throws: OperationError.self) { try await passphrase(different, isNew: true) }
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test("A passphrase file holds one line", arguments: ["", "\n", "a\nb\n"])
    func badPassphraseFile(text: String) async throws {
        try await TestUser.with { user in
            try user.configure(Self.location + "    passphrase-file: ~/p\n")
            try user.write(text, to: user.home.appending("p"))
            let error = await #expect(throws: OperationError.self) { try await passphrase(try user.settings()) }
            #expect(error?.code == .accessDenied)
        }
    }

    @Test(
        "Line ends of any system are no part of a passphrase",
        arguments: ["pass phrase\n", "pass phrase\r\n", "pass phrase"]
    )
    func lineEnds(text: String) async throws {
        try await TestUser.with { user in
            try user.configure(Self.location + "    passphrase-file: ~/p\n")
            try user.write(text, to: user.home.appending("p"))
            #expect(try await passphrase(try user.settings()) == "pass phrase")
        }
    }

    @Test("A file that others may read is used with a warning")
    func openFile() async throws {
        try await TestUser.with { user in
            try user.configure(Self.location + "    passphrase-file: ~/p\n")
            try user.write("x\n", to: user.home.appending("p"), mode: 0o644)
            _ = try await passphrase(try user.settings())
            #expect(user.warnings.count == 1)
            #expect(user.warnings.first?.contains("chmod 600") == true)
        }
    }
}
