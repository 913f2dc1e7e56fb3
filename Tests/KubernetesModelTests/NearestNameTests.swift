import KubernetesModel
import Testing

@Suite("Nearest name")
struct NearestNameTests {
    private let names = ["deployments", "deploy", "daemonsets", "secrets", "services", "pods", "po"]

    @Test(
        "A slip finds what was meant",
        arguments: [
            ("deployment", "deployments"), ("deplyoments", "deployments"), ("Secret", "secrets"),
            ("secerts", "secrets"),
            ("podz", "pods"), ("sevices", "services"),
        ]
    )
    func finds(typed: String, meant: String) { #expect(NearestName.find(typed, among: names) == meant) }

    @Test("What is like nothing finds nothing", arguments: ["", "x", "widgets", "a", "deployments", "ab"])
    func findsNothing(typed: String) { #expect(NearestName.find(typed, among: ["deployments", "secrets"]) == nil) }
}
