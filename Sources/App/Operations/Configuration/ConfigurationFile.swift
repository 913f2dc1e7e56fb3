import Foundation
import SystemPackage
import Yams

/// The user's configuration file, as it was read: no defaults, nothing merged.
struct ConfigurationFile: Sendable, Equatable {
    /// What the file says about one location.
    struct Location: Sendable, Equatable {
        var name: String
        var values: [Setting: SettingValue] = [:]
    }

    var path: FilePath
    /// Values outside of locations.
    var values: [Setting: SettingValue] = [:]
    var locations: [Location] = []
    /// Whether there is a file at all.
    var exists = false
    /// Whether writing the file anew loses what a user wrote beside the values.
    var hasComments = false

    init(path: FilePath) { self.path = path }

    func location(named name: String) -> Location? { locations.first { $0.name == name } }
}

extension ConfigurationFile {
    /// Reads the file at `path`; a file that is not there is an empty one.
    ///
    /// - Throws: ``OperationError`` that names the file, and the line where it knows one.
    static func read(_ path: FilePath, folders: UserFolders) throws(OperationError) -> ConfigurationFile {
        let bytes: [UInt8]?
        do throws(OperationError) {
            bytes = try PrivateFile.read(path)
        } catch {
            throw OperationError(.usage, "The configuration is of no use: \(error.message)")
        }
        guard let bytes else { return ConfigurationFile(path: path) }
        return try ConfigurationFile(parsing: String(decoding: bytes, as: UTF8.self), path: path, folders: folders)
    }

    init(parsing text: String, path: FilePath, folders: UserFolders) throws(OperationError) {
        self.path = path
        exists = true
        hasComments = text.split(whereSeparator: \.isNewline).contains { line in
            line.drop { $0 == " " || $0 == "\t" }.hasPrefix("#") || line.contains(" #")
        }
        let fields = YAMLFields(path: path)
        guard let root = try fields.root(of: text) else { return }
        let folder = path.removingLastComponent()
        let expand = { (text: String) in folders.expand(text, relativeTo: folder) }

        let sections = ["etcd", "locations"]
        let general = Setting.allCases.filter { $0.section == .general }
        for field in try fields.fields(of: root, known: general.map(\.localKey) + sections, in: "the configuration") {
            switch field.key {
            case "etcd":
                let known = Setting.allCases.filter { $0.section == .etcd }
                for inner in try fields.fields(of: field.value, known: known.map(\.localKey), in: "'etcd'") {
                    try Self.set(inner, of: known, in: &values, fields: fields, expand: expand)
                }
            case "locations":
                for item in try fields.items(of: field.value, in: "'locations'") {
                    let location = try Self.location(item, fields: fields, expand: expand)
                    guard self.location(named: location.name) == nil else {
                        throw fields.error(item, "there is a second location '\(location.name)'")
                    }
                    locations.append(location)
                }
            default:
                try Self.set(field, of: general, in: &values, fields: fields, expand: expand)
            }
        }
    }

    private static func location(
        _ node: Node,
        fields: YAMLFields,
        expand: (String) -> FilePath
    ) throws(OperationError) -> Location {
        let known = Setting.allCases.filter { $0.section == .location }
        var location = Location(name: "")
        for field in try fields.fields(of: node, known: ["name"] + known.map(\.localKey), in: "a location") {
            if field.key == "name" {
                location.name = try fields.texts(of: field, isList: false).first ?? ""
            } else {
                try set(field, of: known, in: &location.values, fields: fields, expand: expand)
            }
        }
        guard ResourceName.isLabel(location.name) else {
            throw fields.error(
                node,
                location.name.isEmpty
                    ? "a location needs a 'name'"
                    : "'\(location.name)' is no name of a location. \(ResourceName.labelRule)"
            )
        }
        guard location.values[.url] != nil else {
            throw fields.error(node, "location '\(location.name)' needs a 'url'")
        }
        return location
    }

    private static func set(
        _ field: YAMLFields.Field,
        of known: [Setting],
        in values: inout [Setting: SettingValue],
        fields: YAMLFields,
        expand: (String) -> FilePath
    ) throws(OperationError) {
        // A key without a value says nothing.
        guard !fields.isNull(field.value), let setting = known.first(where: { $0.localKey == field.key }) else {
            return
        }
        let texts = try fields.texts(of: field, isList: setting.kind == .list)
        let source = SettingValue.Source.file(fields.path, line: fields.line(of: field.value))
        values[setting] = try SettingValue(texts, of: setting, from: source, expandPath: expand)
    }
}
