import KubernetesModel
import Testing

@Suite("Stored form of a list's item")
struct ScannedItemTests {
    private func stored(_ item: String) throws -> String {
        var scanner = ListScanner()
        scanner.append(Array(#"{"items":[\#(item)]}"#.utf8))
        let scanned = try #require(try scanner.nextItem())
        return String(
            decoding: scanned.objectBytes(listAPIVersion: "apps/v1", listKind: "DeploymentList"),
            as: UTF8.self
        )
    }

    @Test("A built-in item gets its version and kind, and nothing else changes")
    func splices() throws {
        let rest = #""metadata":{"name":"a"},"spec":{"x":1.50,"x":"\/"}}"#
        #expect(try stored("{\(rest)") == #"{"apiVersion":"apps/v1","kind":"Deployment",\#(rest)"#)
        #expect(try stored("{ \n\(rest)") == "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\", \n\(rest)")
    }

    @Test(
        "What an item has is not doubled",
        arguments: [
            (#"{"metadata":{"name":"a"},"kind":"K"}"#, #"{"apiVersion":"apps/v1","metadata":{"name":"a"},"kind":"K"}"#),
            (
                #"{"apiVersion":"v9","metadata":{"name":"a"}}"#,
                #"{"kind":"Deployment","apiVersion":"v9","metadata":{"name":"a"}}"#
            ),
            (
                #"{"kind":"K","metadata":{"name":"a"},"apiVersion":"v9"}"#,
                #"{"kind":"K","metadata":{"name":"a"},"apiVersion":"v9"}"#
            ),
        ]
    )
    func keeps(item: String, expected: String) throws {
        #expect(try stored(item) == expected)
    }
}
