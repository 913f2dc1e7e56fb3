/// The storage locations that can be named.
package struct ListLocations: Sendable {
    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    /// - Parameter name: Shows only the location of that name.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/notFound`` when there is none of that name.
    package func run(name: String? = nil) throws -> [LocationDocument] {
        let current = try? settings.location()
        func document(_ location: LocationSettings) -> LocationDocument {
            LocationDocument(location, isDefault: location.name == current?.name)
        }
        if let name {
            if let current, current.name == name { return [document(current)] }
            return [document(try settings.location(named: name))]
        }
        var locations: [LocationSettings] = []
        for entry in settings.file.locations { locations.append(try settings.location(named: entry.name)) }
        if let current, current.origin == .environment { locations.insert(current, at: 0) }
        if settings.file.location(named: LocationSettings.embeddedName) == nil {
            locations.append(try settings.embeddedLocation())
        }
        return locations.map(document)
    }
}
