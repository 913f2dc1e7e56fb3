import Repository
package import SystemPackage

/// Where the key of a new slot comes from.
///
/// A passphrase itself is never an argument.
package enum NewKey: Sendable {
    /// A key file to be made; nothing may be there yet.
    case keyFile(FilePath)
    /// A file that holds the new passphrase on one line.
    case passphraseFile(FilePath)
    /// From the environment.
    case passphrase(String)
    /// Asked for twice at the terminal.
    case prompt

    static let passphraseVariable = "KBACKUP_NEW_PASSPHRASE"
    static let passphraseFileVariable = "KBACKUP_NEW_PASSPHRASE_FILE"

    /// What flags say, else the environment, else the terminal.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` when two are given.
    init(
        keyFile: String?,
        passphraseFile: String?,
        in context: OperationContext
    ) throws(OperationError) {
        guard keyFile == nil || passphraseFile == nil else {
            throw OperationError(.usage, "--new-key-file and --new-passphrase-file exclude each other.")
        }
        if let keyFile {
            self = .keyFile(context.absolutePath(keyFile))
            return
        }
        if let passphraseFile {
            self = .passphraseFile(context.absolutePath(passphraseFile))
            return
        }
        func variable(_ name: String) -> String? { context.environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        switch (variable(Self.passphraseVariable), variable(Self.passphraseFileVariable)) {
        case (nil, nil): self = .prompt
        case (let text?, nil): self = .passphrase(text)
        case (nil, let file?): self = .passphraseFile(context.absolutePath(file))
        case (.some, .some):
            throw OperationError(
                .usage,
                "\(Self.passphraseVariable) is set together with \(Self.passphraseFileVariable). Keep one of them."
            )
        }
    }

    /// Gets the passphrase, or makes the key file: its bytes are on the disk when this returns.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/conflict`` when there is a file already, and with
    ///   code ``OperationError/Code/accessDenied`` when there is no passphrase to be had.
    func make(for location: String, in context: OperationContext) async throws -> RepositoryKey {
        let source: KeySource
        switch self {
        case .keyFile(let path): return try Self.makeKeyFile(path)
        case .passphraseFile(let path): source = .passphraseFile(path)
        case .passphrase(let text): source = .passphrase(text)
        case .prompt:
            guard context.askPassphrase != nil else {
                throw OperationError(
                    .accessDenied,
                    "There is no terminal to ask for the new passphrase at. Set \(Self.passphraseFileVariable) or "
                        + "\(Self.passphraseVariable), or give --new-passphrase-file or --new-key-file."
                )
            }
            source = .prompt
        }
        guard let key = try await source.read(for: location, isNew: true, in: context) else {
            preconditionFailure("a passphrase is there, or an error")
        }
        return key
    }

    static func makeKeyFile(_ path: FilePath) throws -> RepositoryKey {
        let key = RepositoryKey.makeKeyFile()
        guard let text = key.keyFileText else { preconditionFailure("a key file has a text") }
        guard try PrivateFile.create(path, Array(text.utf8)) else {
            throw OperationError(
                .conflict,
                "There is a file '\(path)' already. A key is never written over another file: choose another name."
            )
        }
        return key
    }
}

extension Settings {
    /// Where the key of a new slot comes from: see ``NewKey/init(keyFile:passphraseFile:in:)``.
    package func newKey(file: String?, passphraseFile: String?) throws(OperationError) -> NewKey {
        try NewKey(keyFile: file, passphraseFile: passphraseFile, in: context)
    }
}
