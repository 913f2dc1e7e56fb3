import HTTPTransport
import Testing

@testable import Etcd

@Suite("Etcd endpoints")
struct EtcdEndpointTests {
    @Test(
        "An endpoint is a base URL",
        arguments: [
            ("http://127.0.0.1:2379", "http://127.0.0.1:2379"),
            ("https://etcd-0.etcd:2379/", "https://etcd-0.etcd:2379"),
            ("  https://[::1]:2379// ", "https://[::1]:2379"),
        ]
    )
    func accepted(text: String, url: String) throws {
        #expect(try EtcdEndpoint(text).url == url)
    }

    @Test(
        "What is no endpoint is refused, and a password in it is not repeated",
        arguments: [
            "", "https://", "127.0.0.1:2379", "10.0.0.1", "ftp://a:1", "unix:///run/etcd.sock", "http://a:1/v3",
            "http://root:hunter2@a:1",
            "http://a b:1",
            "http://a:1?x", "http://a:1#x", ":2379", "http://a\\b",
        ]
    )
    func refused(text: String) throws {
        let error = #expect(throws: EtcdError.self) { try EtcdEndpoint(text) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("No endpoint at all is refused")
    func none() throws {
        let error = #expect(throws: EtcdError.self) { try EtcdClient(EtcdEndpointConfiguration(endpoints: [])) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test("Remedies call options as the user's command line does", arguments: ["--", "--etcd-"])
    func options(prefix: String) throws {
        var configuration = EtcdEndpointConfiguration(endpoints: ["https://127.0.0.1:2379"])
        configuration.optionPrefix = prefix
        let client = try EtcdClient(configuration)
        let endpoint = try EtcdEndpoint("https://127.0.0.1:2379")
        let untrusted = client.explain(HTTPTransportError(.tlsFailed, "It is not trusted."), from: endpoint)
        #expect(untrusted.message.contains("Pass \(prefix)cacert, \(prefix)cert and \(prefix)key;"))
        let anonymous = client.explain(GatewayFailure(message: "no", grpcCode: 16), from: endpoint)
        #expect(anonymous.message.contains("pass \(prefix)user "), "\(anonymous.message)")
        configuration.endpoints = []
        let none = #expect(throws: EtcdError.self) { try EtcdClient(configuration) }
        #expect(none?.message.contains("Pass \(prefix)endpoints ") == true)
    }

    @Test("Credentials do not show their password")
    func redacted() {
        let credentials = EtcdCredentials(username: "root", password: "hunter2")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("root"))
            #expect(!text.contains("hunter2"))
        }
    }

    @Test(
        "The gateway is under /v3 since 3.4",
        arguments: [("3.3.25", false), ("2.3.8", false), ("3.4.0", true), ("3.10.1", true), ("4.0.0-alpha", true)]
    )
    func gatewayVersions(version: String, expected: Bool) {
        #expect(EtcdClient.hasGateway(version) == expected)
    }
}
