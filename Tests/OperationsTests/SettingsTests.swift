import SystemPackage
import Testing

@testable import Operations

@Suite("Settings")
struct SettingsTests {
    @Test("A flag counts more than a variable, a variable more than the file", arguments: Setting.allCases)
    func precedence(setting: Setting) async throws {
        guard setting.section != .location else { return }
        try await TestUser.with { user in
            let values: [String] =
                switch setting.kind {
                case .choice(let choices): Array(choices.prefix(3))
                case .path: ["/a", "/b", "/c"]
                case .boolean, .text, .list, .period: ["a", "b", "c"]
                }
            let key = setting.localKey
            try user.configure(setting.section == .etcd ? "etcd:\n  \(key): \(values[0])\n" : "\(key): \(values[0])\n")
            #expect(try user.settings().value(setting)?.text == values[0])
            let variables = [setting.variable: values[1]]
            #expect(try user.settings(variables: variables).value(setting)?.text == values[1])
            let flags = [setting: [values[2]]]
            #expect(try user.settings(flags: flags, variables: variables).value(setting)?.text == values[2])
            #expect(try user.settings(variables: [setting.variable: ""]).value(setting)?.text == values[0])
        }
    }

    @Test("The same holds within a location")
    func locationPrecedence() async throws {
        try await TestUser.with { user in
            try user.configure(
                "locations:\n  - name: prod\n    url: s3://b\n    region: from-file\n    endpoint: https://x\n"
            )
            let file = try user.settings().location()
            #expect(file.text(.region) == "from-file")
            let variables = ["KBACKUP_REGION": "from-variable"]
            let variable = try user.settings(variables: variables).location()
            #expect(variable.text(.region) == "from-variable")
            #expect(variable.text(.endpoint) == "https://x")
            let flag = try user.settings(flags: [.region: ["from-flag"]], variables: variables).location()
            #expect(flag.text(.region) == "from-flag")
        }
    }

    @Test("Lists may be joined with commas and repeated")
    func lists() async throws {
        try await TestUser.with { user in
            let flags: [Setting: [String]] = [.etcdEndpoints: ["https://a, https://b", "https://c"]]
            let settings = try user.settings(flags: flags, variables: ["KBACKUP_AS_GROUPS": "x,y"])
            #expect(settings.value(.etcdEndpoints)?.texts == ["https://a", "https://b", "https://c"])
            #expect(settings.value(.impersonatedGroups)?.texts == ["x", "y"])
        }
    }

    @Test("A wrong value names who said it")
    func wrongValues() async throws {
        try await TestUser.with { user in
            let variable = try #require(throws: OperationError.self) {
                try user.settings(variables: ["KBACKUP_PATH_STYLE": "maybe"])
            }
            #expect(variable.message == "KBACKUP_PATH_STYLE must be 'true' or 'false', not 'maybe'.")
            let flag = try #require(throws: OperationError.self) { try user.settings(flags: [.logLevel: ["loud"]]) }
            #expect(flag.message.hasPrefix("--log-level must be one of 'trace', "))
        }
    }

    @Test("A configuration file that is named must be there")
    func namedFile() async throws {
        try await TestUser.with { user in
            let error = try #require(throws: OperationError.self) {
                try Settings(context: user.context(["KBACKUP_CONFIG": "other.yaml"]))
            }
            #expect(error.code == .usage)
            #expect(error.message.contains("'\(user.home)/desk/other.yaml'"))
            try user.write("output: yaml\n", to: user.home.appending("desk/other.yaml"))
            #expect(try Settings(context: user.context(["KBACKUP_CONFIG": "other.yaml"])).outputFormat == "yaml")
            #expect(
                try Settings(context: user.context(), configurationFile: "~/desk/other.yaml").outputFormat == "yaml"
            )
        }
    }

    @Test("The XDG variables move the files, unless they are relative")
    func folders() {
        let moved = UserFolders(environment: ["HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"])
        #expect(moved.configurationFile == "/c/kbackup/config.yaml")
        #expect(moved.catalogFile == "/d/kbackup/catalog.sqlite")
        #expect(moved.embeddedRepository == "/d/kbackup/repository")
        let ignored = UserFolders(environment: ["HOME": "/h", "XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": ""])
        #expect(ignored.configurationFile == "/h/.config/kbackup/config.yaml")
        #expect(ignored.catalogFile == "/h/.local/share/kbackup/catalog.sqlite")
        #expect(UserFolders(environment: [:], accountHome: "/root").home == "/root")
    }
}
