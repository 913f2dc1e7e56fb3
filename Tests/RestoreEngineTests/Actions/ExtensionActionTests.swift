import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Actions for definitions, webhooks, API services and endpoints")
struct ExtensionActionTests {
    @Test(
        "A definition that v1 would refuse is brought into its form",
        arguments: [
            Shaping(
                "leftover of v1beta1",
                """
                {'apiVersion': 'apiextensions.k8s.io/v1', 'spec': {'preserveUnknownFields': true, 'versions': [
                 {'name': 'v1', 'schema': {'openAPIV3Schema': {'type': 'object', 'properties': {}}}}, {'name': 'v2'}]}}
                """,
                """
                {'apiVersion': 'apiextensions.k8s.io/v1', 'spec': {'preserveUnknownFields': false, 'versions': [
                 {'name': 'v1', 'schema': {'openAPIV3Schema': {'type': 'object', 'properties': {},
                   'x-kubernetes-preserve-unknown-fields': true}}},
                 {'name': 'v2', 'schema': {'openAPIV3Schema': {'type': 'object',
                   'x-kubernetes-preserve-unknown-fields': true}}}]}}
                """
            ),
            Shaping(
                "of v1, with a conversion webhook",
                """
                {'apiVersion': 'apiextensions.k8s.io/v1', 'spec': {'conversion': {'webhook': {'clientConfig': {
                 'caBundle': 'x', 'service': {'namespace': 'old', 'name': 's'}}}}}}
                """,
                """
                {'apiVersion': 'apiextensions.k8s.io/v1', 'spec': {'conversion': {'webhook': {'clientConfig': {
                 'caBundle': 'x', 'service': {'namespace': 'new', 'name': 's'}}}}}}
                """,
                mapping: ["old": "new"]
            ),
        ]
    )
    func definition(row: Shaping) throws { try row.check(DefinitionAction()) }

    @Test(
        "Webhooks call the service where it is now",
        arguments: [
            Shaping(
                "service and URL",
                """
                {'webhooks': [{'clientConfig': {'caBundle': 'x', 'service': {'namespace': 'old', 'name': 's'}}},
                 {'clientConfig': {'url': 'https://old'}}]}
                """,
                """
                {'webhooks': [{'clientConfig': {'caBundle': 'x', 'service': {'namespace': 'new', 'name': 's'}}},
                 {'clientConfig': {'url': 'https://old'}}]}
                """,
                mapping: ["old": "new"]
            ),
            Shaping(
                "side effects that v1 refuses",
                "{'apiVersion': 'admissionregistration.k8s.io/v1', 'webhooks': [{'sideEffects': 'Unknown'}, {'sideEffects': 'NoneOnDryRun'}]}",
                "{'apiVersion': 'admissionregistration.k8s.io/v1', 'webhooks': [{'sideEffects': 'None'}, {'sideEffects': 'NoneOnDryRun'}]}",
                remarks: 1
            ),
        ]
    )
    func webhooks(row: Shaping) throws { try row.check(WebhookAction()) }

    @Test("An API service leads to its service where it is now")
    func apiService() throws {
        try Shaping(
            "",
            "{'spec': {'service': {'namespace': 'old', 'name': 's'}}}",
            "{'spec': {'service': {'namespace': 'new', 'name': 's'}}}",
            mapping: ["old": "new"]
        ).check(APIServiceAction())
    }

    @Test("Endpoints made by hand lead to new objects")
    func endpoints() throws {
        try Shaping(
            "",
            """
            {'subsets': [{'addresses': [{'ip': '1', 'targetRef': {'name': 'p', 'namespace': 'old', 'uid': 'u', 'resourceVersion': '1'}}],
              'notReadyAddresses': [{'ip': '2'}]}], 'endpoints': [{'targetRef': {'namespace': 'old', 'uid': 'u'}}]}
            """,
            """
            {'subsets': [{'addresses': [{'ip': '1', 'targetRef': {'name': 'p', 'namespace': 'new'}}],
              'notReadyAddresses': [{'ip': '2'}]}], 'endpoints': [{'targetRef': {'namespace': 'new'}}]}
            """,
            mapping: ["old": "new"]
        ).check(EndpointsAction())
    }
}
