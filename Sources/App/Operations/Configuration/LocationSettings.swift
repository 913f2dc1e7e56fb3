import SystemPackage

/// One storage location with everything that is known of it: file, variables and flags together.
package struct LocationSettings: Sendable {
    /// Who says that there is such a location.
    enum Origin: Sendable, Equatable {
        case file
        /// `KBACKUP_URL`.
        case environment
        /// Nobody: the repository that is there at once.
        case embedded

        /// Whether the first backup makes the repository; those of the file are made when they are added.
        var isMadeOnFirstUse: Bool { self != .file }
    }

    /// The name of the repository that is used when nothing is configured.
    package static let embeddedName = "local"
    static let environmentName = "environment"

    package let name: String
    let origin: Origin
    let url: LocationURL
    let key: KeySource
    private let values: [Setting: SettingValue]

    init(
        name: String,
        origin: Origin,
        values: [Setting: SettingValue],
        key: KeySource
    ) throws(OperationError) {
        self.name = name
        self.origin = origin
        self.key = key
        do {
            url = try LocationURL(values[.url]?.text ?? "")
        } catch {
            throw OperationError(.usage, "Location '\(name)': \(error.message)")
        }
        // Variables of buckets may be set for another location.
        self.values = if case .directory = url { values.filter { !$0.key.isOfBuckets } } else { values }
    }

    /// The same location with another value of a setting.
    func with(_ setting: Setting, _ value: SettingValue) throws(OperationError) -> LocationSettings {
        var values = values
        values[setting] = value
        return try LocationSettings(name: name, origin: origin, values: values, key: key)
    }

    func text(_ setting: Setting) -> String? { values[setting].flatMap { $0.text.isEmpty ? nil : $0.text } }
    func seconds(_ setting: Setting) -> Int? { values[setting]?.seconds }
    func boolean(_ setting: Setting) -> Bool? { values[setting]?.boolean }

    /// The URL as it was written.
    package var urlText: String { text(.url) ?? "" }
}

extension Settings {
    /// The location that `--storage-location` names, or the default one.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when there is none of that name.
    package func location() throws(OperationError) -> LocationSettings {
        let chosen = flags[.defaultLocation] ?? variables[.defaultLocation]
        if chosen == nil, variables[.url] != nil { return try environmentLocation() }
        if let name = (chosen ?? file.values[.defaultLocation])?.text, !name.isEmpty {
            return try location(named: name)
        }
        if file.locations.count == 1 { return try location(named: file.locations[0].name) }
        guard file.locations.isEmpty else {
            let names = file.locations.map(\.name).joined(separator: ", ")
            throw OperationError(
                .usage,
                "Several storage locations are configured (\(names)). Choose one with --storage-location, or write "
                    + "'default-location' into '\(file.path)'."
            )
        }
        return try embeddedLocation()
    }

    /// The location of that name.
    func location(named name: String) throws(OperationError) -> LocationSettings {
        if let found = file.location(named: name) {
            let values = found.values.merging(given.filter { $0.key != .url }) { _, new in new }
            let key = try keySource(found.values, of: .file)
            return try LocationSettings(name: name, origin: .file, values: values, key: key)
        }
        if name == LocationSettings.embeddedName { return try embeddedLocation() }
        if name == LocationSettings.environmentName, variables[.url] != nil { return try environmentLocation() }
        let names = file.locations.map { "'\($0.name)'" } + ["'\(LocationSettings.embeddedName)'"]
        throw OperationError(
            .notFound,
            "There is no storage location '\(name)' in '\(file.path)'. There are: \(names.joined(separator: ", "))."
        )
    }

    /// The location that the variables alone describe.
    private func environmentLocation() throws(OperationError) -> LocationSettings {
        let values = variables.merging(flags) { _, flag in flag }.filter { $0.key.section == .location }
        return try LocationSettings(
            name: LocationSettings.environmentName,
            origin: .environment,
            values: values,
            key: try keySource([:], of: .environment)
        )
    }

    /// What flags and variables say about a location that has a name.
    ///
    /// With `KBACKUP_URL`, the variables describe the location there, and no other.
    var given: [Setting: SettingValue] {
        (variables[.url] == nil ? variables : [:]).merging(flags) { _, flag in flag }
            .filter { $0.key.section == .location }
    }

    /// A location beside the one that is used, for which the variables and flags are not meant.
    ///
    /// - Parameters:
    ///   - keyFile: The key file of its repository, when it is not the one of the configuration file.
    ///   - passphraseFile: Likewise, a file that holds the passphrase.
    func otherLocation(
        named name: String,
        keyFile: String?,
        passphraseFile: String?
    ) throws(OperationError) -> LocationSettings {
        var given: [Setting: SettingValue] = [:]
        for (setting, flag, text) in [
            (Setting.keyFile, "--to-key-file", keyFile), (.passphraseFile, "--to-passphrase-file", passphraseFile),
        ] {
            guard let text else { continue }
            given[setting] = try SettingValue(
                [text],
                of: setting,
                from: .flag(flag),
                expandPath: context.absolutePath
            )
        }
        let key = try KeySource(given)
        if let found = file.location(named: name) {
            let configured = try KeySource(found.values)
            return try LocationSettings(
                name: name,
                origin: .file,
                values: found.values,
                key: key ?? configured ?? .prompt
            )
        }
        guard name == LocationSettings.embeddedName else { return try location(named: name) }
        return try embeddedLocation(key: key ?? .keyFile(context.folders.keyFile(ofLocation: name)))
    }

    /// The repository that works without any configuration.
    ///
    /// - Parameter key: What opens it, whatever flags and variables say.
    func embeddedLocation(key: KeySource? = nil) throws(OperationError) -> LocationSettings {
        let folders = context.folders
        let source = SettingValue.Source.flag("the embedded default")
        func value(_ text: String, _ setting: Setting) throws(OperationError) -> SettingValue {
            try SettingValue([text], of: setting, from: source, expandPath: FilePath.init(_:))
        }
        let keyFile = folders.keyFile(ofLocation: LocationSettings.embeddedName)
        let usual = try keySource([.keyFile: try value(keyFile.string, .keyFile)], of: .embedded)
        return try LocationSettings(
            name: LocationSettings.embeddedName,
            origin: .embedded,
            values: [.url: try value(LocationURL.text(ofFolder: folders.embeddedRepository), .url)],
            key: key ?? usual
        )
    }

    /// What opens the repository: a flag over a variable over what `entry` of the file says.
    ///
    /// With `KBACKUP_URL`, the variables are about the location there, and no other.
    func keySource(
        _ entry: [Setting: SettingValue],
        of origin: LocationSettings.Origin
    ) throws(OperationError) -> KeySource {
        if let key = try KeySource(flags) { return key }
        guard origin == .environment || variables[.url] == nil else { return try KeySource(entry) ?? .prompt }
        let passphrase = context.environment["KBACKUP_PASSPHRASE"].flatMap { $0.isEmpty ? nil : $0 }
        if let key = try KeySource(variables) {
            guard passphrase == nil else {
                throw OperationError(
                    .usage,
                    "KBACKUP_PASSPHRASE is set together with KBACKUP_KEY_FILE or KBACKUP_PASSPHRASE_FILE. Keep one of them."
                )
            }
            return key
        }
        if let passphrase { return .passphrase(passphrase) }
        return try KeySource(entry) ?? .prompt
    }
}
