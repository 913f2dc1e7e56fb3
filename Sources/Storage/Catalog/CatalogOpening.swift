/// A catalog that was opened, whatever became of its file.
package struct CatalogOpening: Sendable {
    package let catalog: Catalog
    /// Where the damaged file is now; the catalog is empty then, and its caller should rebuild it.
    ///
    /// `nil` when the file was sound or did not exist.
    package let movedAside: String?
}
