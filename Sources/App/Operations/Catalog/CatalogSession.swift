import Catalog
import Foundation
import SystemPackage

/// The catalog, as far as it can be used: every failure of it is a warning, and nothing more.
///
/// What it knows can be read from the repository, too; a backup never fails because of it.
struct CatalogSession: Sendable {
    private let catalog: Catalog?
    private let context: OperationContext

    /// Opens the catalog of the user.
    init(_ context: OperationContext) {
        self.context = context
        do {
            let path = context.folders.catalogFile.string
            let opening = try Catalog.openOrRecreate(path: path, now: context.now())
            if let movedAside = opening.movedAside {
                context.notify(
                    .warning(
                        "The catalog was damaged and is made anew from the repository. The damaged file is kept as "
                            + "'\(movedAside)'."
                    )
                )
            }
            catalog = opening.catalog
        } catch {
            context.notify(.warning("\(error.message) Without the catalog, everything is read from the repository."))
            catalog = nil
        }
    }

    /// Uses the catalog.
    ///
    /// - Returns: `nil` when there is none, or it failed, of which the user was told.
    @discardableResult
    func use<Value: Sendable>(
        _ body: (Catalog) async throws(CatalogError) -> Value
    ) async -> Value? {
        guard let catalog else { return nil }
        do {
            return try await body(catalog)
        } catch {
            context.notify(.warning(error.message))
            return nil
        }
    }
}
