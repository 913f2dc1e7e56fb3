import SystemPackage
import Testing

@testable import Operations

@Suite("Which location is used")
struct LocationSelectionTests {
    private static let two = """
        locations:
          - {name: a, url: "s3://a"}
          - {name: b, url: "file:///b"}

        """

    @Test("With nothing configured, the embedded one")
    func embedded() async throws {
        try await TestUser.with { user in
            let location = try user.settings().location()
            #expect(location.name == "local")
            #expect(location.origin == .embedded)
            #expect(location.url == .directory(user.home.appending(".local/share/kbackup/repository")))
        }
    }

    @Test("The only one that is configured; of several the default one, or the one that is named")
    func configured() async throws {
        try await TestUser.with { user in
            try user.configure("locations:\n  - {name: a, url: \"s3://a\"}\n")
            #expect(try user.settings().location().name == "a")
            try user.configure(Self.two)
            let error = try #require(throws: OperationError.self) { try user.settings().location() }
            #expect(error.code == .usage)
            #expect(error.message.contains("(a, b)"))
            try user.configure(Self.two + "default-location: b\n")
            #expect(try user.settings().location().name == "b")
            #expect(try user.settings(variables: ["KBACKUP_STORAGE_LOCATION": "a"]).location().name == "a")
            #expect(try user.settings(flags: [.defaultLocation: ["local"]]).location().origin == .embedded)
        }
    }

    @Test("KBACKUP_URL makes one out of variables, unless another is named")
    func environment() async throws {
        try await TestUser.with { user in
            try user.configure(Self.two + "default-location: b\n")
            let variables = ["KBACKUP_URL": "s3://env/x", "KBACKUP_REGION": "eu-west-1", "KBACKUP_PASSPHRASE": "p"]
            let location = try user.settings(variables: variables).location()
            #expect(location.name == "environment")
            #expect(location.url == .s3(bucket: "env", prefix: "x"))
            #expect(location.text(.region) == "eu-west-1")
            let named = try user.settings(flags: [.defaultLocation: ["b"]], variables: variables).location()
            #expect(named.url == .directory("/b"))
        }
    }

    @Test("A name that is not there is not found")
    func unknown() async throws {
        try await TestUser.with { user in
            try user.configure(Self.two)
            let error = try #require(throws: OperationError.self) {
                try user.settings(flags: [.defaultLocation: ["c"]]).location()
            }
            #expect(error.code == .notFound)
            #expect(error.message.contains("'a', 'b', 'local'"))
        }
    }

    @Test(
        "URLs are buckets or folders",
        arguments: [
            ("s3://bucket", .s3(bucket: "bucket", prefix: "")),
            ("s3://bucket/", .s3(bucket: "bucket", prefix: "")),
            ("s3://bucket/a/b/", .s3(bucket: "bucket", prefix: "a/b")),
            ("file:///srv/kbackup", .directory("/srv/kbackup")),
            ("file:///srv/with%20space/", .directory("/srv/with space")),
        ] as [(String, LocationURL)]
    )
    func urls(text: String, expected: LocationURL) throws {
        #expect(try LocationURL(text) == expected)
    }

    @Test(
        "Other URLs are refused",
        arguments: [
            "", "bucket", "/srv", "s3://", "s3:///x", "s3://b/../c", "s3://b/a//c", "s3://bu cket", "file://srv",
            "file:/srv",
            "https://minio/bucket", "file:///a%zz",
        ]
    )
    func badURLs(text: String) throws {
        let error = try #require(throws: OperationError.self) { try LocationURL(text) }
        #expect(error.code == .usage)
        #expect(error.message.contains("'\(text)'"))
    }
}
