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
            ("127.0.0.1:2379", "http://127.0.0.1:2379"),
        ]
    )
    func accepted(text: String, url: String) throws {
        #expect(try EtcdEndpoint(text, tls: TLSConfiguration()).url == url)
    }

    @Test("Without a scheme, TLS options decide")
    func schemeFromOptions() throws {
        var tls = TLSConfiguration()
        tls.certificateAuthorities = .file("ca.crt")
        #expect(try EtcdEndpoint("10.0.0.1:2379", tls: tls).url == "https://10.0.0.1:2379")
    }

    @Test(
        "What is no endpoint is refused, and a password in it is not repeated",
        arguments: [
            "", "https://", "ftp://a:1", "unix:///run/etcd.sock", "http://a:1/v3", "http://root:hunter2@a:1",
            "http://a b:1",
            "http://a:1?x", "http://a:1#x", ":2379", "http://a\\b",
        ]
    )
    func refused(text: String) throws {
        let error = #expect(throws: EtcdError.self) { try EtcdEndpoint(text, tls: TLSConfiguration()) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("No endpoint at all is refused")
    func none() throws {
        let error = #expect(throws: EtcdError.self) { try EtcdClient(EtcdEndpointConfiguration(endpoints: [])) }
        #expect(error?.code == .invalidConfiguration)
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
