import Foundation
import HTTPTransport
import ObjectStore
import Synchronization
import Testing

@testable import S3ObjectStore

@Suite("AWS credentials: roles and services")
struct ServiceCredentialsTests {
    // MARK: - Roles

    private static func role(_ action: String, key: String, end: String = "2030-01-01T00:00:00Z") -> FakeServer.Reply {
        .text(
            200,
            "<\(action)Response><\(action)Result><Credentials><AccessKeyId>\(key)</AccessKeyId>"
                + "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>\(end)</Expiration>"
                + "</Credentials></\(action)Result></\(action)Response>"
        )
    }

    @Test("A web identity's token is exchanged for a role's credentials")
    func webIdentity() async throws {
        try await withTemporaryFolder { folder in
            let token = folder.appending(path: "token")
            try token.write("a.b+c\n")
            try await FakeServer.run([
                .error(400, "IDPCommunicationError"), Self.role("AssumeRoleWithWebIdentity", key: "ROLE"),
            ]) {
                server in
                let found = try await search([
                    "AWS_WEB_IDENTITY_TOKEN_FILE": token.path, "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
                    "AWS_ROLE_SESSION_NAME": "session", "AWS_ENDPOINT_URL_STS": server.url,
                ]).current()
                #expect(found.accessKeyID == "ROLE" && found.sessionToken == "t" && found.expiresAt == 1_893_456_000)
                #expect(server.requests.count == 2)
                #expect(
                    String(decoding: server.requests[1].body, as: UTF8.self)
                        == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
                        + "&RoleSessionName=session&WebIdentityToken=a.b%2Bc"
                )
                #expect(server.requests[1].fields["authorization"] == nil)
            }
        }
    }

    @Test("A refused web identity is explained, without its token")
    func refusedWebIdentity() async throws {
        try await withTemporaryFolder { folder in
            let token = folder.appending(path: "token")
            try token.write("hidden-token")
            let refusal =
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>"
            try await FakeServer.run([.text(403, refusal)]) { server in
                let error = await failure(
                    of: search([
                        "AWS_WEB_IDENTITY_TOKEN_FILE": token.path, "AWS_ROLE_ARN": "arn:r",
                        "AWS_ENDPOINT_URL_STS": server.url,
                    ])
                )
                let message = try #require(error?.message)
                #expect(message.contains("AccessDenied") && message.contains("arn:r") && !message.contains("hidden"))
            }
        }
    }

    @Test("A role is taken on with the credentials of another profile")
    func assumeRole() async throws {
        let config = """
            [default]
            role_arn = arn:outer
            source_profile = base
            external_id = x&y
            """
        let credentials = "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n"
        try await withSharedFiles(config: config, credentials: credentials) { environment, _ in
            try await FakeServer.run([Self.role("AssumeRole", key: "OUTER")]) { server in
                let found = try await search(environment.merging(["AWS_ENDPOINT_URL_STS": server.url]) { $1 }).current()
                #expect(found.accessKeyID == "OUTER")
                let request = try #require(server.requests.first)
                #expect(request.fields["authorization"]?.contains("Credential=BASE/20231114/us-east-1/sts/") == true)
                #expect(String(decoding: request.body, as: UTF8.self).contains("&ExternalId=x%26y"))
            }
        }
    }

    // MARK: - Services on the machine

    private static let document = """
        {"Code": "Success", "AccessKeyId": "SERVICE", "SecretAccessKey": "s", "Token": "t",
         "Expiration": "2030-01-01T00:00:00Z", "LastUpdated": "2029-01-01T00:00:00Z"}
        """

    @Test("A container's service gives credentials to the holder of its token")
    func container() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "token")
            try file.write("from-file\n")
            try await FakeServer.run([.response(500), .text(200, Self.document)]) { server in
                let uri = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds?id=1"]
                let tokens = ["AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc"]
                let found = try await search(uri.merging(tokens) { $1 }).current()
                #expect(found.accessKeyID == "SERVICE" && found.sessionToken == "t" && found.expiresAt == 1_893_456_000)
                let files = tokens.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file.path]) { $1 }
                _ = try await search(uri.merging(files) { $1 }).current()
                #expect(server.requests.map { $0.fields["authorization"] } == ["Basic abc", "Basic abc", "from-file"])
                #expect(server.requests.allSatisfy { $0.path == "/creds" && $0.query == "id=1" })
            }
        }
    }

    @Test(
        "The container's token goes to this machine, to AWS's addresses or over TLS, and nowhere else",
        arguments: [
            ("http://127.0.0.1:80/a", true), ("http://127.1.2.3/", true), ("http://localhost/", true),
            ("http://[::1]:1/", true),
            ("http://169.254.170.2/x", true), ("http://169.254.170.23/", true), ("http://[fd00:ec2::23]/", true),
            ("https://example.com/", true), ("http://example.com/", false), ("http://169.254.169.254/", false),
            ("http://127.0.0.1.example.com/", false), ("http://127.0.0.1@example.com/", false),
            ("ftp://127.0.0.1/", false),
            ("http://localhost.example.com/", false), ("", false),
        ]
    )
    func containerHosts(url: String, isAllowed: Bool) {
        #expect(ContainerCredentials.mayReceiveToken(url) == isAllowed)
    }

    @Test("An instance's role is asked for with a session's token")
    func instance() async throws {
        let answer: @Sendable (FakeServer.Request) -> FakeServer.Reply = { request in
            switch (request.method, request.path) {
            case ("PUT", "/latest/api/token"): .text(200, "TOKEN")
            case ("GET", _) where request.fields["x-aws-ec2-metadata-token"] != "TOKEN": .response(401)
            case ("GET", "/latest/meta-data/iam/security-credentials/"): .text(200, "my-role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/my-role"): .text(200, Self.document)
            default: .response(404)
            }
        }
        try await FakeServer.run(answer) { server in
            let found = try await search([
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/", "AWS_EC2_METADATA_DISABLED": "false",
            ]).current()
            #expect(found.accessKeyID == "SERVICE")
            #expect(server.requests.map(\.method) == ["PUT", "GET", "GET"])
            #expect(server.requests[0].fields["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        }
    }

    @Test("A machine that is no instance, or an instance without a role, has no credentials", arguments: [403, 404])
    func noInstance(status: Int) async throws {
        try await FakeServer.run({ $0.method == "PUT" ? .text(200, "T") : .response(status) }) { server in
            let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_EC2_METADATA_DISABLED": "false"]
            #expect(await failure(of: search(environment))?.message.contains("has no role") == true)
        }
        let gone = try await FakeServer.run([]) { $0.url }
        let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": gone, "AWS_EC2_METADATA_DISABLED": "false"]
        #expect(await failure(of: search(environment))?.message.contains("no answer from '\(gone)'") == true)
    }
}
