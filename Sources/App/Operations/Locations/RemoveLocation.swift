import Catalog

/// Forgets a location.
///
/// The repository and its key stay where they are.
package struct RemoveLocation: Sendable {
    let settings: Settings
    let name: String

    package init(_ name: String, settings: Settings) {
        self.name = name
        self.settings = settings
    }

    /// - Returns: The location as it was.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound``.
    package func run() async throws -> LocationDocument {
        guard settings.file.location(named: name) != nil else {
            throw OperationError(
                .notFound,
                "There is no location '\(name)' in '\(settings.file.path)'. 'kbackup location get' lists what there is."
            )
        }
        let location = try settings.location(named: name)
        var file = settings.file
        let isDefault = file.values[.defaultLocation]?.text == name
        file.locations.removeAll { $0.name == name }
        if isDefault { file.values[.defaultLocation] = nil }
        try settings.write(file)
        let removed = location.name
        await CatalogSession(settings.context).use { catalog throws(CatalogError) in
            try await catalog.deleteLocation(name: removed)
        }
        return LocationDocument(location, isDefault: isDefault)
    }
}
