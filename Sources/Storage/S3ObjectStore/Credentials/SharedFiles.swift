import FoundationEssentials
import ObjectStore

/// AWS's shared `config` and `credentials` files.
struct SharedFiles: Sendable {
    /// Settings of one profile from both files; a nested setting is under `outer.inner`.
    struct Profile: Sendable {
        let name: String
        /// Of the credentials file.
        var credentials: [String: String] = [:]
        /// Of the config file.
        var config: [String: String] = [:]

        /// A setting of either file; the credentials file goes first.
        subscript(name: String) -> String? {
            (credentials[name] ?? config[name]).flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    let configPath: String
    let credentialsPath: String
    private(set) var profiles: [String: Profile] = [:]
    /// Sections `[services NAME]` of the config file.
    private(set) var services: [String: [String: String]] = [:]

    /// Reads the files that `environment` names, or those in its home folder; a file that is not there is empty.
    init(_ environment: [String: String]) throws {
        func path(_ variable: String, _ name: String) -> String {
            let path = environment[variable].flatMap { $0.isEmpty ? nil : $0 } ?? "~/.aws/\(name)"
            return path.hasPrefix("~/") ? (environment["HOME"] ?? "") + path.dropFirst() : path
        }
        configPath = path("AWS_CONFIG_FILE", "config")
        credentialsPath = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        for (section, settings) in try Self.sections(of: configPath) {
            let words = section.split { $0 == " " || $0 == "\t" }.map(String.init)
            switch (words.first, words.count) {
            case ("default", 1): profiles["default", default: Profile(name: "default")].config = settings
            case ("profile", 2): profiles[words[1], default: Profile(name: words[1])].config = settings
            case ("services", 2): services[words[1]] = settings
            default: continue
            }
        }
        for (section, settings) in try Self.sections(of: credentialsPath) {
            profiles[section, default: Profile(name: section)].credentials = settings
        }
    }

    /// The profile `name`.
    ///
    /// - Returns: An empty profile when `default` is not there: nobody need have one.
    /// - Throws: ``ObjectStoreError`` with code `accessDenied` when another is not there.
    func profile(_ name: String) throws -> Profile {
        if let profile = profiles[name] { return profile }
        guard name != "default" else { return Profile(name: name) }
        throw ObjectStoreError(
            .accessDenied,
            "There is no profile '\(name)' in '\(configPath)' or '\(credentialsPath)'. Check its name or add it."
        )
    }

    /// The address that environment or profile give for `service` (`s3`, `sts`), in AWS's order; `nil` for AWS's own.
    func endpoint(of service: String, _ profile: Profile, _ environment: [String: String]) -> String? {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let ignores = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? profile["ignore_configured_endpoint_urls"]
        guard ignores?.lowercased() != "true" else { return nil }
        return variable("AWS_ENDPOINT_URL_\(service.uppercased())") ?? variable("AWS_ENDPOINT_URL")
            ?? profile["services"].flatMap { services[$0]?["\(service).endpoint_url"] } ?? profile["endpoint_url"]
    }

    private static func sections(of path: String) throws -> [(name: String, settings: [String: String])] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ObjectStoreError(.accessDenied, "The file '\(path)' cannot be read. Check its owner and mode.")
        }
        return parse(String(decoding: content, as: UTF8.self))
    }

    /// Reads `[section]`, `name = value` and, more indented, `name = value` of a value of its own.
    static func parse(_ text: String) -> [(name: String, settings: [String: String])] {
        var sections: [(name: String, settings: [String: String])] = []
        var outer: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let isIndented = line.first?.isWhitespace == true
            let content = trim(line)
            if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
            if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
                let name = trim(content[content.index(after: content.startIndex)..<end])
                sections.append((unquote(name), [:]))
                outer = nil
                continue
            }
            guard !sections.isEmpty, let equals = content.firstIndex(of: "=") else { continue }
            let name = trim(content[..<equals]).lowercased()
            let value = withoutComment(trim(content[content.index(after: equals)...]))
            if isIndented, let outer {
                sections[sections.count - 1].settings["\(outer).\(name)"] = value
            } else {
                sections[sections.count - 1].settings[name] = value
                outer = value.isEmpty ? name : nil
            }
        }
        return sections
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// A comment after a value begins with white space.
    private static func withoutComment(_ value: Substring) -> String {
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let start = value.firstRange(of: mark) { return String(trim(value[..<start.lowerBound])) }
        }
        return String(value)
    }

    /// Turns `profile "ab"` into `profile ab`.
    private static func unquote(_ name: Substring) -> String { name.filter { $0 != "\"" && $0 != "'" } }
}
