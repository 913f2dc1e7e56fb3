import ArgumentParser
import Operations
import Testing

@testable import KBackupCommands

@Suite("Command lines")
struct ParsingTests {
    private func parse<Command>(_ line: String, as type: Command.Type = Command.self) async throws -> Command {
        let arguments = OptionalValues.completed(line.split(separator: " ").map(String.init))
        return try #require(try await KBackup.asyncParseAsRoot(arguments) as? Command, "\(line)")
    }

    @Test(
        "Commands are found under the names that users of Velero type",
        arguments: [
            ("create a", BackupCreate.self), ("backup create a", BackupCreate.self), ("backup get", BackupGet.self),
            ("get", BackupGet.self), ("get a", BackupGet.self), ("describe a", BackupDescribe.self),
            ("backup describe a", BackupDescribe.self), ("delete a b", BackupDelete.self),
            ("backup delete a", BackupDelete.self),
            ("show a pod/b", BackupShow.self), ("diff a b", BackupDiff.self),
            ("restore create --from-backup a", RestoreCreate.self),
            ("restore get", RestoreGet.self), ("restore describe a", RestoreDescribe.self),
            ("etcd snapshot", EtcdSnapshot.self), ("etcd restore a --output b", EtcdRestore.self),
            ("location add a s3://b", LocationAdd.self), ("location get", LocationGet.self),
            ("location remove a", LocationRemove.self), ("location check", LocationCheck.self),
            ("catalog rebuild", CatalogRebuild.self), ("repo stats", RepositoryStatsCommand.self),
            ("repo prune", RepositoryPrune.self), ("repository check", RepositoryCheck.self),
            ("repo repair index", RepositoryRepairIndex.self),
            ("repo repair manifests", RepositoryRepairManifests.self), ("version", VersionCommand.self),
            ("completion bash", CompletionCommand.self),
        ] as [(String, any ParsableCommand.Type)]
    )
    func names(line: String, type: any ParsableCommand.Type) async throws {
        let command = try await KBackup.asyncParseAsRoot(line.split(separator: " ").map(String.init))
        #expect(Swift.type(of: command) == type)
    }

    @Test("Lists accumulate, whether joined by commas or repeated")
    func lists() async throws {
        let create: BackupCreate = try await parse(
            "create x --include-namespaces a,b --include-namespaces c --exclude-namespaces d --include-resources deploy,po "
                + "--exclude-resources=secrets -l app=web,tier!=db"
        )
        #expect(
            try create.selection.selection
                == ObjectSelection(
                    includedNamespaces: ["a", "b", "c"],
                    excludedNamespaces: ["d"],
                    includedResources: ["deploy", "po"],
                    excludedResources: ["secrets"],
                    labelSelector: "app=web,tier!=db"
                )
        )
        #expect(create.name == "x")
    }

    @Test(
        "--include-cluster-resources takes a value, or is true alone",
        arguments: [
            ("create", nil), ("create --include-cluster-resources x", true),
            ("create --include-cluster-resources=false x", false),
            ("create --include-cluster-resources false", false), ("create x --include-cluster-resources", true),
            ("create --include-cluster-resources --dry-run", true),
        ] as [(String, Bool?)]
    )
    func optionalBooleans(line: String, expected: Bool?) async throws {
        let create: BackupCreate = try await parse(line)
        #expect(create.selection.includeClusterResources == expected)
        if line.hasSuffix(" x") { #expect(create.name == "x") }
    }

    @Test("Flags become settings under their names")
    func flags() async throws {
        let create: BackupCreate = try await parse(
            "create --kubeconfig k --context c --as u --as-group g --as-group h --etcd-endpoints e,f --etcd-cacert a "
                + "--etcd-cert b --etcd-key d --storage-location s --key-file kf -o json"
        )
        #expect(
            create.flags == [
                .kubeconfig: ["k"], .kubeContext: ["c"], .impersonatedUser: ["u"], .impersonatedGroups: ["g", "h"],
                .etcdEndpoints: ["e,f"], .etcdCACert: ["a"], .etcdCert: ["b"], .etcdKey: ["d"], .defaultLocation: ["s"],
                .keyFile: ["kf"], .output: ["json"],
            ]
        )
        let snapshot: EtcdSnapshot = try await parse("etcd snapshot --endpoints e --cacert a --cert b --key d")
        #expect(snapshot.flags[.etcdEndpoints] == ["e"])
        #expect(snapshot.flags[.etcdKey] == ["d"])
        let add: LocationAdd = try await parse(
            "location add a s3://b --endpoint e --region r --profile p --path-style --ca-bundle c --insecure-skip-tls-verify "
                + "--storage-class s --sse aws:kms --sse-kms-key-id i --sse-customer-key-file f "
                + "--conditional-writes false --object-lock governance --retain 30d"
        )
        #expect(add.flags[.pathStyle] == ["true"])
        #expect(add.flags[.insecureSkipTLSVerify] == ["true"])
        #expect(add.flags[.sseKMSKeyID] == ["i"])
        #expect(add.flags[.conditionalWrites] == ["false"])
        #expect(add.flags[.objectLock] == ["governance"])
        #expect(add.flags[.retain] == ["30d"])
    }

    @Test("Every setting's flag is a flag of some command")
    func documentedFlags() {
        let script = KBackup.completionScript(for: .bash)
        for setting in Setting.allCases where setting != .url {
            #expect(script.contains(setting.flag), "\(setting.flag)")
        }
    }

    @Test(
        "What is no command line ends with 64 and one line",
        arguments: [
            "nonsense", "create a b", "create --include-clusters", "get -o xml", "delete", "describe", "show a",
            "etcd restore a",
            "location add a", "location add A file:///x", "location add a ftp://x", "create UPPER",
            "create --log-level loud",
            "restore create", "restore create --from-backup a --namespace-mappings b", "completion powershell",
            "show a b/c/d",
            "restore create --from-backup a --namespace-mappings a:b,a:c", "location add local file:///x",
            "location add a file:///x --key-file k --passphrase-file p",
            "location add a s3://b --object-lock governance",
            "location add a s3://b --object-lock full --retain 30d", "location add a s3://b --retain 30d",
            "location add a s3://b --object-lock compliance --retain 30",
            "location add a s3://b --object-lock compliance --retain 0d",
            "location add a file:///x --object-lock compliance --retain 30d",
        ]
    )
    func usage(line: String) async throws {
        try await TestShell.with { shell in
            let result = await shell.run(line)
            #expect(result.status == .usage, "\(result.errors)")
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix("kbackup: "))
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(!shell.exists(".config"))
        }
    }

    @Test(
        "An option that says nothing is no command line: what it would leave out, or take in, is not guessed",
        arguments: [
            "create|--include-namespaces|", "create|--include-namespaces|a,,b", "create|--exclude-namespaces| ",
            "create|--include-resources|,", "create|--exclude-resources|secrets,", "create|--selector|",
            "create|--etcd-endpoints|", "create|--etcd-endpoints|https://a:2379,", "create|--as-group| ",
            "create|--storage-location|", "create|--kubeconfig|", "etcd|snapshot|--endpoints|",
            "etcd|snapshot|--endpoints|a,,b", "get|--cluster|", "get|--config|",
            "restore|create|--from-backup|a|--include-namespaces|",
            "restore|create|--from-backup|a|--namespace-mappings|a:b,",
        ]
    )
    func emptyValues(line: String) async throws {
        try await TestShell.withCluster { shell, _ in
            let words = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            let result = await shell.run(words)
            #expect(result.status == .usage, "\(result.errors)")
            #expect(result.errors.hasPrefix("kbackup: \(words.last { $0.hasPrefix("--") } ?? "") has an empty"))
            #expect(!shell.exists(".local/share/kbackup/repository"))
        }
    }

    @Test(
        "What is no endpoint, and a file that is not there, is told before anything is asked",
        arguments: [
            ("location add a s3://b --endpoint nonsense", 64), ("location add a s3://b --endpoint ftp://x", 64),
            ("location add a s3://b --endpoint http://127.0.0.1:1 --ca-bundle gone.pem", 64),
            ("location add a s3://b --endpoint https://127.0.0.1:1 --sse-customer-key-file gone.key", 6),
            ("create --etcd-endpoints nonsense://x", 64),
            ("create --etcd-endpoints https://127.0.0.1:1 --etcd-cacert gone.pem", 64),
            ("create --etcd-endpoints https://127.0.0.1:1 --etcd-key gone.key --etcd-cert gone.pem", 6),
            ("create --kubeconfig gone", 64), ("get --config gone.yaml", 64), ("get --cluster gone", 4),
            ("get --cluster gone -o json", 4),
        ] as [(String, Int32)]
    )
    func unusableValues(line: String, status: Int32) async throws {
        try await TestShell.withCluster { shell, _ in
            let result = await shell.run(line)
            #expect(result.status.rawValue == status, "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            let word = try #require(line.split(separator: " ").last { !$0.hasPrefix("-") && $0 != "json" })
            #expect(result.errors.contains(word), "\(result.errors)")
        }
    }

    @Test(
        "A slip is told with what may have been meant",
        arguments: [
            ("craete a", "There is no command 'kbackup craete'. Did you mean 'create'?"),
            ("restore descibe a", "There is no command 'kbackup restore descibe'. Did you mean 'describe'?"),
            ("frobnicate", "There is no command 'kbackup frobnicate'. 'kbackup --help'"),
            ("help frobnicate", "There is no command 'kbackup frobnicate'. 'kbackup --help'"),
            ("frobnicate --help", "There is no command 'kbackup frobnicate'. 'kbackup --help'"),
            ("repo key ad", "There is no command 'kbackup repo key ad'. Did you mean 'add'? 'kbackup repo key --help'"),
            ("create --include-namespace a", "Did you mean '--include-namespaces'?"),
            ("create a --include-resources configmap,deploymets", "'deploymets'. Did you mean 'deployments'?"),
            ("create a --include-namespaces shpo", "'shpo' in the cluster. Did you mean 'shop'?"),
            ("describe nihgtly", "'nihgtly' in location 'local'. Did you mean 'nightly'?"),
            ("show nightly deploymnt/web -n shop", "'deploymnt'. Did you mean 'deployment'?"),
        ]
    )
    func slips(line: String, hint: String) async throws {
        try await TestShell.withCluster { shell, _ in
            #expect(await shell.run("create nightly -q").status == .complete)
            let result = await shell.run(line)
            #expect([.usage, .notFound].contains(result.status))
            #expect(result.errors.contains(hint), "\(result.errors)")
        }
    }

    @Test(
        "What is wrong is told with the option, what it may be, and the help of the command",
        arguments: [
            (
                "create --include-namespace a",
                "Unknown option '--include-namespace'. Did you mean '--include-namespaces'? 'kbackup create --help'"
            ),
            ("create --wait", "Unknown option '--wait'. 'kbackup create --help' shows how it is written."),
            ("backup create a --ttl 24h", "Unknown option '--ttl'. 'kbackup backup create --help'"),
            ("create a b", "Unexpected argument 'b'. 'kbackup create --help'"),
            (
                "location add a s3://b --path-style maybe",
                "The value 'maybe' is invalid for '--path-style': write 'true' or 'false'. 'kbackup location add --help'"
            ),
            (
                "location add a s3://b --conditional-writes=maybe",
                "The value 'maybe' is invalid for '--conditional-writes <true|false>'. 'kbackup location add --help'"
            ),
            (
                "create a --include-cluster-resources maybe",
                "The value 'maybe' is invalid for '--include-cluster-resources': write 'true' or 'false'."
            ),
            ("repo check --read-data 10", "'10' is invalid for '--read-data': write a share from '1%' to '100%'"),
            ("repo check --read-data=150%", "invalid for '--read-data <N%>': write a share from '1%' to '100%'"),
            ("repo prune --grace soon", "'--grace <duration>': write a length of time such as '90m', "),
            ("repo prune --max-unused 5", "'--max-unused <percent>': write a share from '0%' to '100%', "),
            ("repo prune --max-repack lots", "such as '500M' or '10G', '0', or 'unlimited'. 'kbackup repo"),
            (
                "get --log-level loud",
                "one of the following: 'trace', 'debug', 'info', 'notice', 'warning', 'error', 'critical'. 'kbackup get"
            ),
            ("get -o xml", "Please provide one of 'table', 'json' or 'yaml'. 'kbackup get --help' shows"),
        ]
    )
    func explained(line: String, message: String) async throws {
        try await TestShell.with { shell in
            let result = await shell.run(line)
            #expect(result.status == .usage)
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(result.errors.hasSuffix(" --help' shows how it is written.\n"))
        }
    }

    @Test(
        "Messages call the options of etcd as the command in hand does",
        arguments: [
            (
                "etcd snapshot --endpoints https://127.0.0.1:1 --cacert gone.pem",
                "which --cacert ('etcd.cacert') names."
            ),
            ("create --etcd-endpoints https://127.0.0.1:1 --etcd-cacert gone.pem", "which --etcd-cacert ("),
            ("etcd snapshot --endpoints https://127.0.0.1:1 --cert a --key b", "which --cert ('etcd.cert') names."),
            ("etcd snapshot --endpoints https://127.0.0.1:1 --user root", "or give --password-file."),
            ("create --etcd-endpoints https://127.0.0.1:1 --etcd-user root", "or give --etcd-password-file."),
            ("etcd snapshot", "Pass --endpoints https://HOST:2379."),
            ("create --etcd-user root", "--etcd-user is of no use without endpoints"),
            ("etcd snapshot --endpoints 127.0.0.1:2379", "'127.0.0.1:2379' is not an etcd endpoint."),
            ("create --etcd-endpoints 127.0.0.1:2379", "'127.0.0.1:2379' is not an etcd endpoint."),
        ]
    )
    func etcdOptions(line: String, message: String) async throws {
        try await TestShell.withCluster { shell, _ in
            let result = await shell.run(line)
            #expect([.usage, .accessDenied].contains(result.status), "\(result.errors)")
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(!shell.exists(".local/share/kbackup/repository"))
        }
    }

    @Test("Messages of 'etcd snapshot' know each setting of etcd under the flag that the command has")
    func etcdctlFlags() {
        let etcd = Setting.allCases.filter { $0.documentedKey.hasPrefix("etcd.") }
        let help = EtcdSnapshot.helpMessage()
        for setting in etcd {
            let flag = EtcdctlOptions.flagNames[setting]
            #expect(flag.map { help.contains("\($0) <") } == true, "\(setting)")
            #expect(flag?.replacing("--", with: "--etcd-") == setting.flag)
        }
    }

    @Test("A variable or a file that says nothing in a list is refused as well, and an empty variable is none")
    func emptyEntries() async throws {
        try await TestShell.withCluster { shell, _ in
            let variable = await shell.run("create a", ["KBACKUP_ETCD_ENDPOINTS": "https://a:2379,,"])
            #expect(variable.status == .usage)
            #expect(variable.errors.hasPrefix("kbackup: KBACKUP_ETCD_ENDPOINTS has an empty entry in "))
            #expect(await shell.run("create b", ["KBACKUP_ETCD_ENDPOINTS": ""]).status == .complete)
            try shell.write("etcd:\n  endpoints: ['']\n", to: ".config/kbackup/config.yaml")
            let file = await shell.run("create c")
            #expect(file.status == .usage)
            #expect(file.errors.contains("config.yaml', line 2"), "\(file.errors)")
        }
    }

    @Test(
        "Every command explains itself, and each of its flags",
        arguments: [
            "", "create", "get", "describe", "delete", "show", "backup", "restore", "restore create", "restore get",
            "restore describe", "etcd", "etcd snapshot", "etcd restore", "location", "location add", "location get",
            "location remove", "location check", "repo", "repo key", "repo key list", "repo key add", "repo key remove",
            "repo key rotate", "repo copy", "catalog", "catalog rebuild", "version", "completion",
        ]
    )
    func help(line: String) async throws {
        try await TestShell.with { shell in
            let result = await shell.run("\(line) --help")
            #expect(result.status == .complete)
            #expect(result.errors.isEmpty)
            #expect(result.output.contains("OVERVIEW: "))
            #expect(result.output.contains("USAGE: kbackup"))
        }
    }

    @Test("Completion scripts know the commands", arguments: ["bash", "zsh", "fish"])
    func completion(shellName: String) async throws {
        try await TestShell.with { shell in
            let result = await shell.run("completion \(shellName)")
            #expect(result.status == .complete)
            for word in ["snapshot", "include-namespaces", "rebuild"] { #expect(result.output.contains(word)) }
            #expect(result.output.contains("---completion"), "names are asked for")
        }
    }

    @Test("Names are completed from what this machine remembers, offline and without a word when that fails")
    func nameCompletion() async throws {
        func names(_ shell: TestShell, _ line: String, _ variables: [String: String] = [:]) async -> String {
            let result = await shell.run("---completion \(line)", variables)
            #expect(result.status == .complete && result.errors.isEmpty, "\(result.errors)")
            return result.output
        }
        let describe = "describe -- positional@0 2 0 kbackup describe"
        try await TestShell.withCluster { shell, _ in
            #expect(await names(shell, describe) == "\n")
            #expect(!shell.exists(".local/share/kbackup"), "completing makes nothing")
            for line in [
                "create weekly", "create nightly", "restore create r1 --from-backup nightly", "restore get", "get",
            ] {
                #expect([.complete, .partial].contains(await shell.run("\(line) -q").status))
            }
            try shell.write("", to: ".kube/config")
            #expect(await names(shell, describe) == "nightly\nweekly\n")
            #expect(
                await names(shell, "backup delete -- positional@0 2 0 kbackup backup delete") == "nightly\nweekly\n"
            )
            #expect(await names(shell, "restore create -- --from-backup 3 0 kbackup restore") == "nightly\nweekly\n")
            #expect(await names(shell, "restore describe -- positional@0 3 0 kbackup restore describe") == "r1\n")
            #expect(await names(shell, "location check -- positional@0 3 0 kbackup location check") == "local\n")
            #expect(await shell.run("location add disk file://\(shell.home)/repo -q").status == .complete)
            #expect(await names(shell, "get -- --storage-location 3 0 kbackup get") == "disk\nlocal\n")
            // Of the location that is chosen; in an unused one there is nothing.
            #expect(await names(shell, describe) == "\n")
            #expect(await names(shell, "\(describe) --storage-location local") == "nightly\nweekly\n")
            try shell.write("nonsense: [", to: ".config/kbackup/config.yaml")
            #expect(await names(shell, describe) == "\n")
        }
    }
}
