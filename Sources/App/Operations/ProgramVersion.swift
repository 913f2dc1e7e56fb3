/// The version of this program: the one place where it is written.
package enum ProgramVersion {
    package static let current = "0.1.0"

    /// How the program calls itself in what it stores and sends.
    package static let name = "kbackup/\(current)"
}
