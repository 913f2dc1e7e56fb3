import Foundation
import ObjectStore

@testable import Repository

/// A repository as an earlier program wrote it, in `Fixtures/<name>.json`: the objects by their keys, in base64.
///
/// A new version of the format gets a new one: `KBACKUP_WRITE_EXAMPLE=version-2 swift test --filter GoldenRepository`.
/// Those of earlier versions stay as they are.
enum GoldenRepository {
    static let name = "version-1"

    static func objects() throws -> StoredObjects {
        let encoded = try JSONDecoder().decode([String: Data].self, from: Data(contentsOf: url(name)))
        return Dictionary(uniqueKeysWithValues: encoded.map { (ObjectKey($0.key), Array($0.value)) })
    }

    static func write(_ objects: StoredObjects, as name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let encoded = Dictionary(uniqueKeysWithValues: objects.map { ($0.key.rawValue, Data($0.value)) })
        try (try encoder.encode(encoded) + Data("\n".utf8)).write(to: url(name))
    }

    private static func url(_ name: String) -> URL { fixture("\(name).json") }

    static func fixture(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "Fixtures/\(name)"
        )
    }
}
