import ArgumentParser
import Operations

/// `kbackup location check`: tries a location.
struct LocationCheck: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Try whether a location can be reached, written, read and opened.",
        discussion: "Writes, reads and deletes small objects."
    )

    @Argument(
        help: "The name of the location. (default: the one that is used when none is named)",
        completion: NameCompletion.locations
    )
    var name: String?

    @Option(help: ArgumentHelp("The key file of the repository.", valueName: "file"), completion: .file())
    var keyFile: String?

    @Option(
        help: ArgumentHelp("A file that holds the passphrase of the repository.", valueName: "file"),
        completion: .file()
    )
    var passphraseFile: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] {
        .given([.keyFile: keyFile, .passphraseFile: passphraseFile]).adding(output.flags)
    }

    func run(_ session: Session) async throws {
        let report = try await CheckLocation(name, settings: session.settings).run()
        if !session.isQuiet || report.status != .complete || session.format != .table {
            try session.print(try session.render(report, table: LocationText.check))
        }
        guard report.status == .complete else { throw CheckFailed(location: report.location, status: report.status) }
    }
}

/// A check that found something; what, was printed.
struct CheckFailed: Error, CustomStringConvertible {
    let location: String
    let status: ExitStatus

    var description: String { "Location '\(location)' cannot be used as it is." }
}
