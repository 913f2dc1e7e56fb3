import ArgumentParser
import Operations

/// `kbackup location add`: names a location, and makes the repository there.
struct LocationAdd: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Name a bucket or folder, and make the repository there unless there is one.",
        discussion: """
            A key file is made for a new repository, unless a key file or passphrase is given. Credentials of S3 are \
            found as the AWS tools find them, never in the configuration file.

            Examples:
              kbackup location add prod s3://backups/prod --region eu-central-1
              kbackup location add minio s3://backups --endpoint https://minio.example:9000 --ca-bundle ca.crt
              kbackup location add disk file:///mnt/backups
            """,
        aliases: ["create"]
    )

    @Argument(help: "How to call the location.")
    var name: String

    @Argument(help: ArgumentHelp("Where it is: s3://bucket/prefix or file:///path.", valueName: "url"))
    var url: String

    @Flag(name: .customLong("default"), help: "Use this location when none is named. The first one always is.")
    var isDefault = false

    @Option(
        help: ArgumentHelp("The key file of the repository; made when there is none.", valueName: "file"),
        completion: .file()
    )
    var keyFile: String?

    @Option(
        help: ArgumentHelp("A file that holds the passphrase of the repository.", valueName: "file"),
        completion: .file()
    )
    var passphraseFile: String?

    @Flag(help: "Open the repository by a passphrase that is asked for at the terminal.")
    var askPassphrase = false

    @OptionGroup(title: "S3") var bucket: BucketOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var mayMakeConfiguration: Bool { true }

    var flags: [Setting: [String]] {
        bucket.flags.adding(.given([.keyFile: keyFile, .passphraseFile: passphraseFile])).adding(output.flags)
    }

    func run(_ session: Session) async throws {
        let outcome = try await AddLocation(
            name,
            url: url,
            asksPassphrase: askPassphrase,
            becomesDefault: isDefault,
            settings: session.settings
        ).run()
        if !session.isQuiet || session.format != .table {
            try session.print(
                try session.render(outcome.location) { location in
                    let repository = outcome.isNewRepository ? "a new repository" : "the repository that was there"
                    let use = location.isDefault ? " It is used when no location is named." : ""
                    return "Location '\(location.name)' is \(repository) at '\(location.url)'.\(use)"
                }
            )
        }
        if let notice = outcome.keyNotice { session.context.messages.line("kbackup: \(notice)") }
    }
}
