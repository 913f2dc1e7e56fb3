import Foundation
import Repository

extension BackupDetails {
    /// The details as they are stored: one line of JSON with sorted keys and ISO 8601 dates.
    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(self))
    }

    /// - Throws: ``RepositoryError`` with code ``RepositoryError/Code/damaged`` when these are no details of a backup.
    package static func decode(_ bytes: [UInt8]) throws -> BackupDetails {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(BackupDetails.self, from: Data(bytes))
        } catch {
            throw RepositoryError(.damaged, "The details of a backup cannot be read: \(error).")
        }
    }
}
