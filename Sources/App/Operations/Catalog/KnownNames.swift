import Catalog
import Foundation
import SystemPackage

/// Names to complete a command line with: what this machine remembers, without asking any server.
///
/// Whatever goes wrong gives no names: nobody can read an error while a line is being completed.
package struct KnownNames: Sendable {
    package enum Kind: Sendable {
        case backups, restores, locations
    }

    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    package func names(of kind: Kind) async -> [String] {
        if kind == .locations { return ((try? ListLocations(settings: settings).run()) ?? []).map(\.name) }
        let path = settings.context.folders.catalogFile.string
        guard FileManager.default.fileExists(atPath: path), let catalog = try? Catalog.open(path: path),
            let location = try? settings.location(),
            let repository = try? await catalog.locations().first(where: { $0.name == location.name })?.repositoryID
        else { return [] }
        let names: [String]?
        switch kind {
        case .backups: names = try? await catalog.backups(repository: repository).map(\.name)
        case .restores: names = try? await catalog.restores(repository: repository).map(\.name)
        case .locations: names = nil
        }
        // Backups of several clusters may have one name.
        return Set(names ?? []).sorted()
    }
}
