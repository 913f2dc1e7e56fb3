import Etcd
import SystemPackage
import Testing

@testable import Operations

@Suite("How clusters are reached")
struct ClusterAccessTests {
    private static let endpoints: [Setting: [String]] = [.etcdEndpoints: ["https://127.0.0.1:1"]]

    @Test(
        "Options of etcd without endpoints are refused, for a plan too",
        arguments: [Setting.etcdCACert, .etcdCert, .etcdKey, .etcdUser, .etcdPasswordFile]
    )
    func noEndpoints(option: Setting) async throws {
        try await TestUser.with { user in
            let settings = try user.settings(flags: [option: ["x"]])
            let create = try CreateBackup(name: "a", scope: .objects(ObjectSelection()), settings: settings)
            for run in [{ _ = try await create.run() }, { _ = try await create.plan() }] {
                let error = await #expect(throws: OperationError.self) { try await run() }
                #expect(error?.code == .usage)
                #expect(error?.message.hasPrefix(option.flag) == true)
            }
        }
    }

    private func password(
        _ user: TestUser,
        flags: [Setting: [String]] = [:],
        variables: [String: String] = [:]
    ) throws -> String? {
        let flags = flags.merging(Self.endpoints) { flag, _ in flag }.merging([.etcdUser: ["ann"]]) { flag, _ in flag }
        return try user.settings(flags: flags, variables: variables).etcdCredentials()?.password
    }

    @Test("A password file of the command line counts more than the variable, and the variable more than the file")
    func passwords() async throws {
        try await TestUser.with { user in
            let path = user.home.appending("password")
            try user.write("from-file\n", to: path)
            let variable = ["KBACKUP_ETCD_PASSWORD": "from-variable"]
            #expect(try password(user, flags: [.etcdPasswordFile: [path.string]], variables: variable) == "from-file")
            try user.configure("etcd:\n  password-file: \(path)\n")
            #expect(try password(user) == "from-file")
            #expect(try password(user, variables: variable) == "from-variable")
            #expect(user.warnings == [])
            try user.write("from-file\n", to: path, mode: 0o644)
            #expect(try password(user) == "from-file")
            #expect(user.warnings.count == 1)
            let both = variable.merging(["KBACKUP_ETCD_PASSWORD_FILE": path.string]) { first, _ in first }
            #expect(throws: OperationError.self) { try password(user, variables: both) }
        }
    }

    @Test("A password without a user, and a file without a password, are told")
    func incomplete() async throws {
        try await TestUser.with { user in
            let settings = try user.settings(flags: Self.endpoints, variables: ["KBACKUP_ETCD_PASSWORD": "x"])
            let noUser = #expect(throws: OperationError.self) { try settings.etcdCredentials() }
            #expect(noUser?.code == .usage)
            let path = user.home.appending("password")
            try user.write("\n", to: path)
            let empty = #expect(throws: OperationError.self) {
                try password(user, flags: [.etcdPasswordFile: [path.string]])
            }
            #expect(empty?.code == .accessDenied)
        }
    }

    @Test("Of several kubeconfigs one has to exist; the home folder may be written as ~")
    func kubeconfigs() async throws {
        try await TestUser.with { user in
            let settings = try user.settings(flags: [.kubeconfig: ["~/a:/no/b"]])
            let error = #expect(throws: OperationError.self) { try settings.kubeClient() }
            #expect(error?.code == .usage)
            #expect(error?.message.contains("'~/a:/no/b'") == true)
            let cluster = "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]"
            let rest = "contexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: t}}]"
            try user.write("\(cluster)\n\(rest)\ncurrent-context: c\n", to: user.home.appending("a"))
            _ = try settings.kubeClient()
        }
    }
}
