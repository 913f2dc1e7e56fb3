import ArgumentParser

/// Groups the commands under `kbackup catalog`.
struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Look after the catalog, the local memory of what is where.",
        subcommands: [CatalogRebuild.self]
    )
}
