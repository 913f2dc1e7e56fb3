import KBackupCommands

@main
enum KBackupMain {
    static func main() async { await KBackupProgram.main() }
}
