import SystemPackage
import Testing

@testable import Operations

@Suite("Configuration file")
struct ConfigurationFileTests {
    private static let folders = UserFolders(environment: ["HOME": "/home/ann"])

    private func parse(_ text: String) throws -> ConfigurationFile {
        try ConfigurationFile(parsing: text, path: "/home/ann/.config/kbackup/config.yaml", folders: Self.folders)
    }

    @Test("Every setting is read, and paths become absolute")
    func readsAll() throws {
        let file = try parse(
            """
            default-location: prod
            log-level: debug
            output: json
            kubeconfig: ~/clusters/a
            context: admin@a
            as: ann
            as-groups: [system:masters, ops]
            etcd:
              endpoints: https://127.0.0.1:2379
              cacert: pki/ca.crt
              user: root
            locations:
              - name: prod
                url: s3://backups/prod
                endpoint: https://minio:9000
                path-style: true
                key-file: ~/prod.key
              - name: disk
                url: file:///mnt/backups
                passphrase-file: /run/secrets/passphrase
            """
        )
        #expect(file.values[.defaultLocation]?.text == "prod")
        #expect(file.values[.logLevel]?.text == "debug")
        #expect(file.values[.impersonatedGroups]?.texts == ["system:masters", "ops"])
        #expect(file.values[.etcdEndpoints]?.texts == ["https://127.0.0.1:2379"])
        #expect(file.values[.etcdCACert]?.text == "/home/ann/.config/kbackup/pki/ca.crt")
        #expect(file.locations.map(\.name) == ["prod", "disk"])
        #expect(file.location(named: "prod")?.values[.pathStyle]?.boolean == true)
        #expect(file.location(named: "prod")?.values[.keyFile]?.text == "/home/ann/prod.key")
        #expect(file.location(named: "disk")?.values[.passphraseFile]?.text == "/run/secrets/passphrase")
    }

    @Test(
        "An empty file, or keys without values, say nothing",
        arguments: ["", "# only a comment\n", "output:\nlocations:\netcd: ~\n"]
    )
    func saysNothing(text: String) throws {
        let file = try parse(text)
        #expect(file.values.isEmpty)
        #expect(file.locations.isEmpty)
    }

    @Test(
        "What cannot be is an error that names the file and the line",
        arguments: [
            ("locatons: []", 1, "no setting 'locatons'"),
            ("output: json\nlocations:\n  - name: a\n    url: s3://b\n    bucket: b\n", 5, "no setting 'bucket'"),
            ("etcd:\n  endpoint: x\n", 2, "no setting 'endpoint'"),
            ("output: xml\n", 1, "must be one of 'table', 'json', 'yaml', not 'xml'"),
            (
                "locations:\n  - name: a\n    url: s3://b\n    path-style: yes\n", 4,
                "must be 'true' or 'false', not 'yes'"
            ),
            ("locations:\n  - url: s3://b\n", 2, "a location needs a 'name'"),
            ("locations:\n  - name: a\n", 2, "location 'a' needs a 'url'"),
            ("locations:\n  - name: A/b\n    url: s3://b\n", 2, "'A/b' is no name of a location"),
            ("locations:\n  - name: a\n    url: s3://b\n  - name: a\n    url: s3://c\n", 4, "a second location 'a'"),
            ("locations: s3://b\n", 1, "must be a list"),
            ("- a\n", 1, "must be a mapping"),
            ("context: [a]\n", 1, "'context' must be a single value"),
            ("context: a\n b: c\n", 2, "is not valid YAML"),
            ("output: json\noutput: yaml\n", nil, "'output' is there twice"),
        ] as [(String, Int?, String)]
    )
    func badInput(text: String, line: Int?, problem: String) throws {
        let error = try #require(throws: OperationError.self) { try parse(text) }
        #expect(error.code == .usage)
        #expect(error.message.contains(problem), "\(error.message)")
        #expect(error.message.contains("'/home/ann/.config/kbackup/config.yaml'"))
        if let line { #expect(error.message.contains("line \(line)"), "\(error.message)") }
        #expect(!error.message.contains("\n"))
    }

    @Test("A file is written so that it reads back the same, for its owner only, and the one before is kept")
    func roundTrip() async throws {
        try await TestUser.with { user in
            let text = "# mine\noutput: json\nlocations:\n  - name: \"123\"\n    url: s3://b/p\n    region: 'yes'\n"
            try user.configure(text)
            let context = user.context()
            var file = try ConfigurationFile.read(user.configurationFile, folders: context.folders)
            #expect(file.hasComments)
            file.values[.impersonatedGroups] = try SettingValue(
                ["a", "b"],
                of: .impersonatedGroups,
                from: .flag("x"),
                expandPath: FilePath.init(_:)
            )
            #expect(try file.write(), "comments are lost, and that is said")
            #expect(try user.mode(user.configurationFile) == 0o600)
            #expect(try user.read(FilePath(user.configurationFile.string + ".bak")) == text)
            let again = try ConfigurationFile.read(user.configurationFile, folders: context.folders)
            #expect(again.values.mapValues(\.texts) == file.values.mapValues(\.texts))
            #expect(again.locations.map(\.name) == ["123"])
            #expect(again.locations[0].values.mapValues(\.texts) == file.locations[0].values.mapValues(\.texts))
            #expect(!again.hasComments)
        }
    }

    @Test("A link to a file elsewhere stays a link")
    func keepsLink() async throws {
        try await TestUser.with { user in
            let real = user.home.appending("dotfiles/kbackup.yaml")
            try user.write("output: json\n", to: real)
            let link = user.home.appending("config.yaml")
            try PrivateFileTests.link(real, at: link)
            try PrivateFile.replace(link, Array("output: yaml\n".utf8))
            #expect(try user.read(real) == "output: yaml\n")
        }
    }
}
