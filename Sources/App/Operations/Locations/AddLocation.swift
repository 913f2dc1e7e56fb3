import ObjectStore
import Repository
import S3ObjectStore
import SystemPackage

/// Makes a location known, and makes the repository there unless there is one.
package struct AddLocation: Sendable {
    /// What came of it.
    package struct Outcome: Sendable, Equatable {
        package var location: LocationDocument
        /// Whether the repository is new; otherwise it was there and the key opens it.
        package var isNewRepository: Bool
        /// What a user must know about the key of a new repository.
        package var keyNotice: String?
    }

    let settings: Settings
    let name: String
    let url: String
    let asksPassphrase: Bool
    let becomesDefault: Bool

    /// - Parameters:
    ///   - name: How the location is to be called.
    ///   - url: `s3://bucket/prefix` or `file:///path`.
    ///   - asksPassphrase: Whether the repository is opened by a passphrase that is asked for each time.
    ///   - becomesDefault: Whether it is used when no location is named. The first location always is.
    package init(
        _ name: String,
        url: String,
        asksPassphrase: Bool,
        becomesDefault: Bool,
        settings: Settings
    ) throws(OperationError) {
        guard ResourceName.isLabel(name) else {
            throw OperationError(.usage, "'\(name)' is no name for a location. \(ResourceName.labelRule)")
        }
        let reserved = [LocationSettings.embeddedName, LocationSettings.environmentName]
        guard !reserved.contains(name) else {
            throw OperationError(.usage, "The name '\(name)' is kept for kbackup's own use. Choose another.")
        }
        self.settings = settings
        self.name = name
        self.url = url
        self.asksPassphrase = asksPassphrase
        self.becomesDefault = becomesDefault
    }

    /// - Throws: ``OperationError`` with code ``OperationError/Code/conflict`` when there is a location of that name;
    ///   `RepositoryError`, `ObjectStoreError`. Then the configuration is as it was.
    package func run() async throws -> Outcome {
        guard settings.file.location(named: name) == nil else {
            throw OperationError(
                .conflict,
                "There is a location '\(name)' already in '\(settings.file.path)'. Remove it first with 'kbackup location "
                    + "remove \(name)'."
            )
        }
        var location = try makeLocation()
        var access = try LocationAccess(location: location, context: settings.context)
        let isNew = try await !access.exists()
        if access.store.retention != nil { try await access.bareBucket()?.checkObjectLock() }
        // Nothing is written there before it is known that it may be, and that the key can be read.
        var key: RepositoryKey?
        if isNew {
            try await access.checkIsFree()
            key = try await access.newKey()
        } else {
            _ = try await open(access)
        }
        if try await !knowsConditions(access, isNew: isNew) {
            location = try location.with(.conditionalWrites, try value("false", of: .conditionalWrites))
            access = try LocationAccess(location: location, context: settings.context)
        }
        if isNew { _ = try await access.create(with: key) }
        try write(location)
        return Outcome(
            location: LocationDocument(location, isDefault: becomesDefault || settings.file.locations.isEmpty),
            isNewRepository: isNew,
            keyNotice: isNew ? access.keyNotice : nil
        )
    }

    /// Finds out whether the server of a bucket knows conditional writes, unless the user says it.
    private func knowsConditions(_ access: LocationAccess, isNew: Bool) async throws -> Bool {
        guard access.location.boolean(.conditionalWrites) == nil, let bucket = try access.bareBucket() else {
            return true
        }
        let found: ConditionalWrites
        do {
            found = try await ConditionalWrites(of: bucket)
        } catch let error as ObjectStoreError where error.code == .accessDenied && !isNew {
            // Who may only read can restore all the same.
            return true
        }
        if case .known = found { return true }
        settings.context.notify(
            .warning("The server of '\(url)' does not know conditional writes. \(ConditionalWrites.caution)")
        )
        return false
    }

    private func makeLocation() throws -> LocationSettings {
        var values = settings.given
        values[.url] = try value(url, of: .url)
        let chosen = try settings.keySource([:], of: .file)
        let key: KeySource
        switch chosen {
        case .prompt where !asksPassphrase:
            key = .keyFile(settings.context.folders.keyFile(ofLocation: name))
        case .prompt, .passphrase:
            key = chosen
        case .keyFile, .passphraseFile:
            guard !asksPassphrase else {
                throw OperationError(.usage, "--ask-passphrase excludes a key file or passphrase file.")
            }
            key = chosen
        }
        let location = try LocationSettings(name: name, origin: .file, values: values, key: key)
        if case .directory = location.url {
            if let flag = Setting.allCases.first(where: { $0.isOfBuckets && settings.flags[$0] != nil }) {
                throw OperationError(.usage, "\(flag.flag) says nothing about a folder: it is for 's3://' locations.")
            }
        }
        return location
    }

    private func open(_ access: LocationAccess) async throws -> Repository {
        if case .keyFile(let path) = access.location.key,
            try await access.location.key.read(for: name, in: settings.context) == nil
        {
            throw OperationError(
                .accessDenied,
                "There is a repository at '\(url)' already, and no key at '\(path)'. Give its key with --key-file, "
                    + "--passphrase-file or --ask-passphrase."
            )
        }
        return try await access.open()
    }

    private func write(_ location: LocationSettings) throws {
        var file = settings.file
        var values: [Setting: SettingValue] = [:]
        // Only what was said on the command line: the environment goes on speaking for itself.
        for (setting, value) in settings.flags where setting.section == .location { values[setting] = value }
        values[.url] = try value(url, of: .url)
        if location.boolean(.conditionalWrites) == false {
            values[.conditionalWrites] = try value("false", of: .conditionalWrites)
        }
        values[.keyFile] = nil
        values[.passphraseFile] = nil
        switch location.key {
        case .keyFile(let path): values[.keyFile] = try value(path.string, of: .keyFile)
        case .passphraseFile(let path): values[.passphraseFile] = try value(path.string, of: .passphraseFile)
        case .passphrase, .prompt: break
        }
        if becomesDefault || file.locations.isEmpty {
            file.values[.defaultLocation] = try value(name, of: .defaultLocation)
        }
        file.locations.append(ConfigurationFile.Location(name: name, values: values))
        try settings.write(file)
    }

    private func value(_ text: String, of setting: Setting) throws(OperationError) -> SettingValue {
        try SettingValue([text], of: setting, from: .flag(setting.flag), expandPath: settings.context.absolutePath)
    }
}

extension Settings {
    /// Writes the configuration file anew, and says what is lost by it.
    func write(_ file: ConfigurationFile) throws(OperationError) {
        guard try file.write() else { return }
        context.notify(
            .warning("Comments in '\(file.path)' are not kept; the file as it was is '\(file.backupPath)'.")
        )
    }
}
