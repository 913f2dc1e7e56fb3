import SystemPackage

/// Makes the catalog anew from repositories.
package struct RebuildCatalog: Sendable {
    /// What is in the catalog now.
    package struct Report: Encodable, Sendable, Equatable {
        package struct Location: Encodable, Sendable, Equatable {
            package var location: String
            package var backups: Int
            package var restores: Int
        }

        package var kind = "CatalogRebuild"
        package var catalog: String
        package var locations: [Location]
    }

    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    /// Reads the location that would be used.
    ///
    /// - Throws: ``OperationError`` when the catalog cannot be written.
    package func run() async throws -> Report {
        let access = try settings.locationAccess()
        let path = settings.context.folders.catalogFile.string
        var report = Report(catalog: path, locations: [])
        if let repository = try await access.openIfUsed() {
            guard let counts = try await BackupRecords(access, repository).rebuild() else {
                throw OperationError(.failed, "The catalog '\(path)' could not be made anew.")
            }
            report.locations.append(
                Report.Location(location: access.location.name, backups: counts.backups, restores: counts.restores)
            )
        }
        return report
    }
}
