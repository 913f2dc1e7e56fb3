import GRDB

extension DatabaseMigrator {
    /// Every version of the catalog, in order.
    ///
    /// A migration that was released is never edited: a change is a new one.
    static var catalog: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerV1()
        return migrator
    }
}
