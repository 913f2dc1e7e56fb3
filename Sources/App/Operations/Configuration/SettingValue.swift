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
    /// Of a period.
    var seconds: Int? { Self.seconds(text) }

    private static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["h": 3600, "d": 86_400, "w": 7 * 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), text.count <= 8, let count = Int(text.dropLast()), count > 0,
            text.dropLast().allSatisfy(\.isASCII), text.first != "+"
        else { return nil }
        let seconds = count * unit
        return seconds <= 36_500 * 86_400 ? seconds : nil
    }

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
        case .period:
            guard let text = texts.first, Self.seconds(text) != nil else {
                throw OperationError(
                    .usage,
                    "\(source) must be a time of 1h to 36500d, such as '12h', '30d' or '4w', not '\(texts.first ?? "")'."
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
