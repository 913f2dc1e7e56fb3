import Foundation
import Repository
package import SystemPackage

/// Where the key of a repository comes from.
///
/// A secret itself is never in a configuration file or an argument.
package enum KeySource: Sendable {
    case keyFile(FilePath)
    case passphraseFile(FilePath)
    /// From the environment.
    case passphrase(String)
    /// Nobody said anything: ask at the terminal.
    case prompt

    /// What one layer of settings says; `nil` when it says nothing.
    init?(_ values: [Setting: SettingValue]) throws(OperationError) {
        switch (values[.keyFile], values[.passphraseFile]) {
        case (nil, nil): return nil
        case (let keyFile?, nil): self = .keyFile(FilePath(keyFile.text))
        case (nil, let passphraseFile?): self = .passphraseFile(FilePath(passphraseFile.text))
        case (let keyFile?, let passphraseFile?):
            throw OperationError(
                .usage,
                "\(keyFile.source) and \(passphraseFile.source) exclude each other: a repository is opened by one of them."
            )
        }
    }

    /// Gets the key.
    ///
    /// - Parameters:
    ///   - location: The name of the location, for messages.
    ///   - isNew: Whether the passphrase is to be chosen: then it is asked for twice.
    /// - Returns: `nil` when the key file does not exist.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/accessDenied`` when there is no key to be had.
    func read(for location: String, isNew: Bool = false, in context: OperationContext) async throws -> RepositoryKey? {
        switch self {
        case .keyFile(let path):
            guard let bytes = try Self.bytes(of: path, what: "key file", location) else { return nil }
            Self.warnIfOpen(path, what: "key file", in: context)
            return try RepositoryKey.parseKeyFile(String(decoding: bytes, as: UTF8.self), path: path.string)
        case .passphraseFile(let path):
            guard let bytes = try Self.bytes(of: path, what: "passphrase file", location) else {
                throw OperationError(.accessDenied, "There is no passphrase file '\(path)' for location '\(location)'.")
            }
            Self.warnIfOpen(path, what: "passphrase file", in: context)
            // An editor ends a file with a line break, which nobody means.
            let lines = String(decoding: bytes, as: UTF8.self).split(
                omittingEmptySubsequences: false,
                whereSeparator: \.isNewline
            )
            let text = String(lines.first ?? "")
            guard !text.isEmpty, lines.dropFirst().allSatisfy({ $0.allSatisfy(\.isWhitespace) }) else {
                throw OperationError(
                    .accessDenied,
                    "Passphrase file '\(path)' must hold the passphrase of location '\(location)' on one line."
                )
            }
            return .passphrase(text)
        case .passphrase(let text):
            return .passphrase(text)
        case .prompt:
            return .passphrase(try await Self.ask(for: location, isNew: isNew, in: context))
        }
    }

    private static func bytes(of path: FilePath, what: String, _ location: String) throws -> [UInt8]? {
        do {
            return try PrivateFile.read(path)
        } catch {
            throw OperationError(.accessDenied, "The \(what) of location '\(location)' is of no use. \(error.message)")
        }
    }

    private static func warnIfOpen(_ path: FilePath, what: String, in context: OperationContext) {
        guard PrivateFile.isOpenToOthers(path) else { return }
        context.notify(.warning("Other users may read the \(what) '\(path)'. Close it with 'chmod 600'."))
    }

    private static func ask(for location: String, isNew: Bool, in context: OperationContext) async throws -> String {
        guard let ask = context.askPassphrase else {
            throw OperationError(
                .accessDenied,
                "Location '\(location)' needs its passphrase, and there is no terminal to ask at. Set "
                    + "KBACKUP_PASSPHRASE_FILE or KBACKUP_PASSPHRASE, or give --passphrase-file or --key-file."
            )
        }
        let text = try await ask("\(isNew ? "New passphrase" : "Passphrase") of location '\(location)': ")
        guard !text.isEmpty else { throw OperationError(.accessDenied, "No passphrase was given.") }
        if isNew, try await ask("The same passphrase again: ") != text {
            throw OperationError(.accessDenied, "The two passphrases differ. Nothing was made.")
        }
        return text
    }
}
