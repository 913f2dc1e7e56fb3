import ArgumentParser
import Operations

/// Prints versions: `kbackup version`.
struct VersionCommand: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version of the program and of the format it writes."
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    var flags: [Setting: [String]] { output.flags }

    func run(_ session: Session) async throws {
        let version = VersionDocument()
        try session.print(
            try session.render(version) { version in
                """
                kbackup \(version.version)
                snapshot format \(version.snapshotFormat)
                """
            }
        )
    }
}
