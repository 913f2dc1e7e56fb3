import ObjectStore
import Subprocess
import SystemPackage

/// The program that a profile names as `credential_process`.
struct ProcessCredentials: Sendable {
    private static let timeLimit: Duration = .seconds(60)

    let command: String
    let profile: String
    let context: CredentialsContext

    /// Runs the program, without a shell, and reads what it prints.
    func run() async throws -> AWSCredentials {
        let words = try Self.split(command)
        guard let program = words.first else { throw failure("is empty. Name a program") }
        let source = "the credential_process of profile '\(profile)' ('\(program)')"
        let output: [UInt8]
        do {
            output = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { try await run(program, Array(words.dropFirst())) }
                group.addTask {
                    try await Task.sleep(for: Self.timeLimit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let output = try await group.next() ?? nil else {
                    throw failure("did not end within \(Self.timeLimit). Run it by hand to see why")
                }
                return output
            }
        } catch let error as SubprocessError {
            throw failure("cannot be run ('\(program)': \(error)). Check its path and mode")
        }
        let document = try CredentialsDocument(output, from: source)
        guard document.Version == 1 else {
            throw failure(
                "printed version '\(document.Version.map(String.init) ?? "none")' of its format. Only 1 is known"
            )
        }
        return try document.credentials(from: source)
    }

    @concurrent
    private func run(_ program: String, _ arguments: [String]) async throws -> [UInt8] {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        // Our own variables hold secrets that are no business of the program's: the passphrase of the repository.
        let environment = context.environment.filter { !$0.key.hasPrefix("KBACKUP_") }
            .map { (Environment.Key(stringLiteral: $0), $1) }
        let result = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .custom(Dictionary(environment) { $1 }),
            platformOptions: options,
            input: .none,
            output: .bytes(limit: 64 << 10),
            error: .string(limit: 64 << 10, encoding: UTF8.self)
        )
        guard result.terminationStatus.isSuccess else {
            let said = result.standardError.split(whereSeparator: \.isNewline).last ?? ""
            throw failure(
                "ended with \(result.terminationStatus)\(said.isEmpty ? "" : ", saying '\(said.prefix(200))'")"
            )
        }
        return result.standardOutput
    }

    private func failure(_ what: String) -> ObjectStoreError {
        ObjectStoreError(.accessDenied, "The credential_process of profile '\(profile)' \(what).")
    }

    /// Cuts a command into words as a POSIX shell does, without anything else that a shell does.
    static func split(_ command: String) throws -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in command {
            if isEscaped {
                // Within double quotes a backslash is only special before these.
                if quote == "\"", !"\"\\$`".contains(character) { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else {
            throw ObjectStoreError(
                .accessDenied,
                "A quotation in the credential_process '\(command)' has no end. Close it."
            )
        }
        if let word { words.append(word) }
        return words
    }
}
