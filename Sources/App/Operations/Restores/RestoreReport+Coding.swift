import Foundation
import Repository
import RestoreEngine

extension RestoreReport {
    /// The report as it is stored: JSON with sorted keys and ISO 8601 dates.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return Array(try encoder.encode(self))
    }

    /// - Throws: `RepositoryError` with code `damaged` when this is no report of a restore.
    static func decode(_ bytes: [UInt8]) throws -> RestoreReport {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(RestoreReport.self, from: Data(bytes))
        } catch {
            throw RepositoryError(.damaged, "The report of a restore cannot be read: \(error).")
        }
    }
}
