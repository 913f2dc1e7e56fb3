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

    /// - Returns: The location as it was; of an entry that is no usable location, its name and URL alone.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound``.
    package func run() async throws -> LocationDocument {
        guard let entry = settings.file.location(named: name) else {
            throw OperationError(
                .notFound,
                "There is no location '\(name)' in '\(settings.file.path)'. 'kbackup location get' lists what there is."
            )
        }
        var file = settings.file
        let isDefault = file.values[.defaultLocation]?.text == name
        file.locations.removeAll { $0.name == name }
        if isDefault { file.values[.defaultLocation] = nil }
        try settings.write(file)
        let removed = name
        await CatalogSession(settings.context).use { catalog throws(CatalogError) in
            try await catalog.deleteLocation(name: removed)
        }
        // What is wrong with an entry is no reason to keep it.
        do throws(OperationError) {
            return LocationDocument(try settings.location(named: name), isDefault: isDefault)
        } catch {
            return LocationDocument(unusable: name, url: entry.values[.url]?.text ?? "", isDefault: isDefault)
        }
    }
}
