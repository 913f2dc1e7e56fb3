import SystemPackage

/// What counts: flags over `KBACKUP_*` variables over the configuration file.
package struct Settings: Sendable {
    let context: OperationContext
    let file: ConfigurationFile
    let flags: [Setting: SettingValue]
    let variables: [Setting: SettingValue]
    private let flagNames: [Setting: String]

    /// - Parameters:
    ///   - context: Gives the environment.
    ///   - flags: What the command line says, unchecked.
    ///   - flagNames: The flags of settings that the command in hand calls otherwise than ``Setting/flag``.
    ///   - configurationFile: Another file than the usual one (`--config`); `KBACKUP_CONFIG` does the same.
    ///   - mustExist: Whether such another file must be there.
    /// - Throws: ``OperationError`` when something said there cannot be.
    package init(
        context: OperationContext,
        flags: [Setting: [String]] = [:],
        flagNames: [Setting: String] = [:],
        configurationFile: String? = nil,
        mustExist: Bool = true
    ) throws(OperationError) {
        let named = configurationFile ?? context.environment["KBACKUP_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let path = named.map(context.absolutePath) ?? context.folders.configurationFile
        let file = try ConfigurationFile.read(path, folders: context.folders)
        if named != nil, mustExist, !file.exists {
            throw OperationError(.usage, "There is no configuration file '\(path)'.")
        }
        self.context = context
        self.file = file
        self.flagNames = flagNames

        var checked: [Setting: SettingValue] = [:]
        for (setting, texts) in flags where !texts.isEmpty {
            checked[setting] = try SettingValue(
                texts,
                of: setting,
                from: .flag(flagNames[setting] ?? setting.flag),
                expandPath: context.absolutePath
            )
        }
        self.flags = checked

        var variables: [Setting: SettingValue] = [:]
        for setting in Setting.allCases {
            guard let text = context.environment[setting.variable], !text.isEmpty else { continue }
            variables[setting] = try SettingValue(
                [text],
                of: setting,
                from: .variable(setting.variable),
                expandPath: context.absolutePath
            )
        }
        self.variables = variables
    }

    /// The flag that sets a setting, as the command in hand calls it.
    func flag(_ setting: Setting) -> String { flagNames[setting] ?? setting.flag }

    /// The value that counts for a setting that belongs to no location.
    func value(_ setting: Setting) -> SettingValue? {
        flags[setting] ?? variables[setting] ?? file.values[setting]
    }

    func text(_ setting: Setting) -> String? {
        value(setting).flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    /// The level of messages to log: a name of `Logger.Level`.
    package var logLevel: String { text(.logLevel) ?? "warning" }

    /// `table`, `json` or `yaml`; `nil` leaves it to the command.
    package var outputFormat: String? { text(.output) }
}

extension StringProtocol {
    /// Without white space at both ends.
    var trimmed: String {
        let tail = drop(while: \.isWhitespace)
        return String(
            tail.prefix(
                tail.lastIndex { !$0.isWhitespace }.map { tail.distance(from: tail.startIndex, to: $0) + 1 } ?? 0
            )
        )
    }
}
