package import SystemPackage

/// Where a user's files lie, by the XDG base directory specification.
package struct UserFolders: Sendable, Equatable {
    package var home: FilePath
    /// `$XDG_CONFIG_HOME/kbackup`.
    package var configuration: FilePath
    /// `$XDG_DATA_HOME/kbackup`.
    package var data: FilePath
    /// `$XDG_CACHE_HOME/kbackup`.
    package var cache: FilePath

    /// - Parameters:
    ///   - environment: `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_CACHE_HOME` and `HOME` count. A relative path in an XDG variable is
    ///     ignored, as the specification says.
    ///   - accountHome: The home folder that the account database names; for processes without `HOME`.
    package init(environment: [String: String], accountHome: FilePath? = nil) {
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : FilePath($0) } ?? accountHome ?? FilePath("/")
        func folder(_ variable: String, _ fallback: String) -> FilePath {
            if let value = environment[variable], FilePath(value).isAbsolute { return FilePath(value) }
            return home.appending(fallback)
        }
        self.home = home
        configuration = folder("XDG_CONFIG_HOME", ".config").appending("kbackup")
        data = folder("XDG_DATA_HOME", ".local/share").appending("kbackup")
        cache = folder("XDG_CACHE_HOME", ".cache").appending("kbackup")
    }

    package var configurationFile: FilePath { configuration.appending("config.yaml") }
    package var catalogFile: FilePath { data.appending("catalog.sqlite") }
    /// The repository that is used when no location is configured.
    package var embeddedRepository: FilePath { data.appending("repository") }

    /// The key file that is made for a location, unless the user names another.
    package func keyFile(ofLocation name: String) -> FilePath { configuration.appending("keys/\(name).key") }

    /// An absolute path: `~/` is the home folder, anything else that is relative begins at `folder`.
    func expand(_ text: String, relativeTo folder: FilePath) -> FilePath {
        if text == "~" { return home }
        if text.hasPrefix("~/") { return home.appending(String(text.dropFirst(2))) }
        let path = FilePath(text)
        return path.isAbsolute ? path : folder.pushing(path).lexicallyNormalized()
    }
}
