import SystemPackage

/// The value of a setting, and who said so.
struct SettingValue: Sendable, Equatable {
    /// Where a value was read, for messages.
    enum Source: Sendable, Equatable {
        case flag(String)
        case variable(String)
        case file(FilePath, line: Int)
    }

    /// One text, or several of a list.
    ///
    /// Paths are absolute.
    var texts: [String]
    var source: Source

    var text: String { texts.first ?? "" }
    var boolean: Bool { text == "true" }

    /// Checks what was said.
    ///
    /// - Parameter expandPath: Makes a path absolute.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage`` that names the source.
    init(
        _ texts: [String],
        of setting: Setting,
        from source: Source,
        expandPath: (String) -> FilePath
    ) throws(OperationError) {
        self.source = source
        switch setting.kind {
        case .text:
            self.texts = texts
        case .list:
            self.texts = try ListValue.entries(texts, of: "\(source)")
        case .path:
            self.texts = texts.map { expandPath($0).string }
        case .boolean:
            guard let text = texts.first, text == "true" || text == "false" else {
                throw OperationError(
                    .usage,
                    "\(source) must be 'true' or 'false', not '\(texts.first ?? "")'."
                )
            }
            self.texts = [text]
        case .choice(let choices):
            guard let text = texts.first, choices.contains(text) else {
                let known = choices.map { "'\($0)'" }.joined(separator: ", ")
                throw OperationError(.usage, "\(source) must be one of \(known), not '\(texts.first ?? "")'.")
            }
            self.texts = [text]
        }
    }
}

extension SettingValue.Source: CustomStringConvertible {
    var description: String {
        switch self {
        case .flag(let name): name
        case .variable(let name): name
        case .file(let path, let line): "'\(path)', line \(line): the value"
        }
    }
}
