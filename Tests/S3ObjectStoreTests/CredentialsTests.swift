import Foundation
import HTTPTransport
import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

@Suite("AWS credentials")
struct CredentialsTests {
    /// Files as users have them.
    private static let config = """
        # comment
        [default]
        region = eu-west-1

        [profile dev]
        region=us-west-2 ; comment
        aws_access_key_id = CONFIG
        aws_secret_access_key = config-secret
        s3 =
            addressing_style = path
        endpoint_url = https://example.com

        [profile cycle-a]
        role_arn = arn:a
        source_profile = cycle-b
        [profile cycle-b]
        role_arn = arn:b
        source_profile = cycle-a
        [profile sso]
        sso_session = corp
        [profile half]
        aws_access_key_id = HALF
        [services s]
        s3 =
          endpoint_url = https://s3.example.com
        """

    private static let credentials = """
        [default]
        aws_access_key_id = DEFAULT
        aws_secret_access_key = default/secret+=
        [dev]
        aws_access_key_id = DEV
        aws_secret_access_key = dev-secret
        aws_session_token = dev-token
        """

    // MARK: - Environment and files

    @Test("Without credentials the error names every place that was tried")
    func none() async throws {
        let error = try #require(await failure(of: search([:])))
        #expect(error.code == .accessDenied)
        for place in ["AWS_ACCESS_KEY_ID", "profile 'default'", "/nonexistent/.aws", "CONTAINER", "EC2 metadata"] {
            #expect(error.message.contains(place), "\(place)")
        }
    }

    @Test("The environment goes first")
    func environment() async throws {
        let found = try await search([
            "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T", "AWS_PROFILE": "missing",
        ]).current()
        #expect(found.accessKeyID == "A" && found.secretAccessKey == "S" && found.sessionToken == "T")
    }

    @Test("Half a key in the environment is an error")
    func halfEnvironment() async throws {
        #expect(
            await failure(of: search(["AWS_ACCESS_KEY_ID": "A"]))?.message.contains("AWS_SECRET_ACCESS_KEY") == true
        )
    }

    @Test("Shared files are read by profile; the credentials file goes before the config file")
    func sharedFiles() async throws {
        try await withSharedFiles(config: Self.config, credentials: Self.credentials) { environment, _ in
            let found = try await search(environment).current()
            #expect(found.accessKeyID == "DEFAULT" && found.secretAccessKey == "default/secret+=")
            let dev = try await search(environment.merging(["AWS_PROFILE": "dev"]) { $1 }).current()
            #expect(dev.accessKeyID == "DEV" && dev.sessionToken == "dev-token")
            let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S"]
            #expect(try await search(environment.merging(keys) { $1 }, profile: "dev").current().accessKeyID == "DEV")
        }
        try await withSharedFiles(config: Self.config) { environment, _ in
            let key = try await search(environment, profile: "dev").current().accessKeyID
            #expect(key == "CONFIG")
        }
    }

    @Test(
        "A profile that cannot be used is explained",
        arguments: [
            ("missing", "no profile 'missing'"), ("cycle-a", "each other"), ("sso", "IAM Identity Center"),
            ("half", "aws_secret_access_key"),
        ]
    )
    func badProfile(profile: (name: String, mentions: String)) async throws {
        try await withSharedFiles(config: Self.config, credentials: Self.credentials) { environment, _ in
            let error = await failure(of: search(environment, profile: profile.name))
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains(profile.mentions) == true, "\(error?.message ?? "")")
        }
    }

    @Test("Region, endpoint and addressing come from the files, the environment goes before them")
    func settings() async throws {
        try await withSharedFiles(config: Self.config, credentials: Self.credentials) { environment, _ in
            var configuration = S3Configuration(bucket: "bucket", prefix: "/a/b/")
            configuration.profile = "dev"
            let settings = try S3Settings(configuration, environment: environment)
            #expect(settings.configuration.region == "us-west-2")
            #expect(settings.configuration.endpoint == "https://example.com")
            #expect(settings.configuration.addressing == .path)
            #expect(settings.configuration.prefix == "a/b/")
            let variables = [
                "AWS_REGION": "ap-south-1", "AWS_ENDPOINT_URL_S3": "http://localhost:1", "AWS_CA_BUNDLE": "/ca.pem",
            ]
            let other = try S3Settings(configuration, environment: environment.merging(variables) { $1 })
            #expect(other.configuration.region == "ap-south-1" && other.isRegionChosen)
            #expect(other.configuration.endpoint == "http://localhost:1")
            #expect(other.configuration.certificateAuthorityFile == "/ca.pem")
            let none = try S3Settings(S3Configuration(bucket: "bucket"), environment: [:])
            #expect(none.configuration.region == "us-east-1" && !none.isRegionChosen)
        }
    }

    // MARK: - Programs

    @Test("A credential_process is run with its arguments, without a shell")
    func process() async throws {
        try await withTemporaryFolder { folder in
            let script = folder.appending(path: "give credentials")
            try script.write(
                """
                #!/bin/sh
                # A program that reads its input to the end would hang if that were not closed.
                read line && exit 1
                printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s", "SessionToken": "t",' "$1" "$2"
                printf '"Expiration": "2030-01-01T00:00:00Z"}'
                """
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script.path)
            let config = "[default]\ncredential_process = '\(script.path)' \"a b\" $HOME\n"
            try await withSharedFiles(config: config, credentials: "") { environment, _ in
                let found = try await search(environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }).current()
                #expect(found.accessKeyID == "a b" && found.secretAccessKey == "$HOME" && found.sessionToken == "t")
                #expect(found.expiresAt == 1_893_456_000)
            }
        }
    }

    @Test("A credential_process gets our environment without our own variables")
    func processEnvironment() async throws {
        try await withTemporaryFolder { folder in
            let script = folder.appending(path: "give")
            try script.write(
                """
                #!/bin/sh
                set | grep KBACKUP_ && exit 1
                printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "s"}' "$OUTER"
                """
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script.path)
            try await withSharedFiles(config: "[default]\ncredential_process = \(script.path)\n") { environment, _ in
                let ours = ["PATH": "/usr/bin:/bin", "OUTER": "outside", "KBACKUP_PASSPHRASE": "hunter2"]
                let found = try await search(environment.merging(ours) { $1 }).current()
                #expect(found.accessKeyID == "outside")
            }
        }
    }

    @Test(
        "A credential_process that does not do it is explained",
        arguments: [
            ("/bin/sh -c 'echo why not >&2; exit 3'", "why not"), ("/bin/echo '{\"Version\": 2}'", "version '2'"),
            ("/bin/echo nonsense", "not JSON"), ("/nonexistent/program", "/nonexistent/program"),
            ("/bin/echo '{\"Version\": 1, \"AccessKeyId\": \"a\"}'", "SecretAccessKey"), ("'open", "quotation"),
        ]
    )
    func badProcess(command: String, mentions: String) async throws {
        try await withSharedFiles(config: "[default]\ncredential_process = \(command)\n", credentials: "") {
            environment,
            _ in
            let error = await failure(of: search(environment))
            #expect(error?.code == .accessDenied)
            #expect(error?.message.contains(mentions) == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "A command is cut into words as a shell does it",
        arguments: [
            ("a b  c", ["a", "b", "c"]), ("'a b' \"c d\"", ["a b", "c d"]), ("a\\ b", ["a b"]),
            ("\"a\\\"b\\c\"", ["a\"b\\c"]),
            ("a'b'\"c\"", ["abc"]), ("'' a", ["", "a"]), ("  ", []),
        ]
    )
    func words(command: String, words: [String]) throws {
        #expect(try ProcessCredentials.split(command) == words)
    }
}
