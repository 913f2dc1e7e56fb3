import Foundation
import Operations
import SystemPackage
import Testing

@testable import KBackupCommands

@Suite("Damaged locations")
struct DamagedLocationTests {
    private static let repository = ".local/share/kbackup/repository"

    /// The packs of the repository, the oldest first.
    private func packs(_ shell: TestShell) throws -> [String] {
        let folder = shell.home.appending(Self.repository).appending("packs").string
        let files = FileManager.default
        return try files.subpathsOfDirectory(atPath: folder).filter { $0.count == 35 }.map { "\(folder)/\($0)" }
            .sorted { left, right in
                let times = try [left, right].map {
                    try files.attributesOfItem(atPath: $0)[.modificationDate] as? Date ?? .distantPast
                }
                return times[0] < times[1]
            }
    }

    /// How the pack of a parent is spoilt.
    enum Fault: CaseIterable {
        case missing, cut, flipped
    }

    @Test("A backup whose parent cannot be read is made without it, whole, and says so", arguments: Fault.allCases)
    func damagedParent(fault: Fault) async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("create one").status == .complete)
            let pack = try #require(try packs(shell).first)
            let file = URL(filePath: pack)
            switch fault {
            case .missing: try FileManager.default.removeItem(atPath: pack)
            case .cut: try Data(contentsOf: file).dropLast(700).write(to: file)
            case .flipped:
                // The blocks of the lists come first; what is flipped is in the last one, the manifest.
                var bytes = try Data(contentsOf: file)
                let footer = bytes.suffix(16).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                bytes[bytes.count - 16 - footer - 30] ^= 1
                try bytes.write(to: file)
            }

            let create = await shell.run("create two")
            #expect(create.status == .complete, "\(create.errors)")
            #expect(create.errors.contains("kbackup: warning: Backup 'one' cannot be built on"))
            #expect(create.errors.contains(try #require(FilePath(pack).lastComponent?.string)))
            let json = await shell.run("describe two -o json")
            #expect(!json.output.contains("\"parent\""))
            #expect(json.output.contains("Backup 'one' cannot be built on"))

            // It needs nothing of the damaged pack, and the next one builds on it.
            try? FileManager.default.removeItem(atPath: pack)
            for object in ["cm/settings -n shop", "deploy/web -n shop", "ns/shop", "ns/kube-system"] {
                #expect(await shell.run("show two \(object)").status == .complete)
            }
            let next = await shell.run("create three -o json")
            #expect(next.status == .complete)
            #expect(next.errors.isEmpty)
            #expect(next.output.contains("\"parent\": \"two\""))
            // The damaged one is refused by name, not with a word of the store's.
            let damaged = await shell.run("show one cm/settings -n shop")
            #expect(damaged.status == .failed)
            #expect(damaged.errors.contains(try #require(FilePath(pack).lastComponent?.string)))
        }
    }

    @Test("Where the root is lost, no new repository takes its place, and nobody is told there are no backups")
    func lostRoot() async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("create one").status == .complete)
            try FileManager.default.removeItem(atPath: shell.home.appending("\(Self.repository)/root").string)
            for line in ["create two", "get", "describe one", "location check", "catalog rebuild"] {
                let result = await shell.run(line)
                #expect(result.status == .failed, "\(line): \(result.errors)")
                #expect((result.output + result.errors).contains("but not its object 'root'"), "\(line): \(result)")
            }
            let add = await shell.run("location add again file://\(shell.home)/\(Self.repository)")
            #expect(add.status == .failed)
            #expect(add.errors.contains("but not its object 'root'"))
            #expect(!shell.exists(".config/kbackup/keys/again.key"))
            #expect(!shell.exists("\(Self.repository)/root"))
        }
    }
}
