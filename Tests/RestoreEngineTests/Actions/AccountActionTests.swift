import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Actions for accounts, tokens and bindings")
struct AccountActionTests {
    @Test(
        "A service account loses the secrets that the token controller made",
        arguments: [
            Shaping(
                "one of each",
                "{'metadata': {'name': 'robot'}, 'secrets': [{'name': 'robot-token-x2x2x'}, {'name': 'mine'}]}",
                "{'metadata': {'name': 'robot'}, 'secrets': [{'name': 'mine'}]}"
            ),
            Shaping(
                "only generated ones",
                "{'metadata': {'name': 'robot'}, 'secrets': [{'name': 'robot-token-x2x2x'}]}",
                "{'metadata': {'name': 'robot'}}"
            ),
            Shaping(
                "names that are not generated",
                "{'metadata': {'name': 'robot'}, 'secrets': [{'name': 'robot-token-aaaaa'}, {'name': 'x-token-x2x2x'}]}",
                "{'metadata': {'name': 'robot'}, 'secrets': [{'name': 'robot-token-aaaaa'}, {'name': 'x-token-x2x2x'}]}"
            ),
        ]
    )
    func serviceAccount(row: Shaping) throws { try row.check(ServiceAccountAction()) }

    @Test(
        "A token secret made by hand is emptied, for the controller to fill",
        arguments: [
            Shaping(
                "token",
                """
                {'type': 'kubernetes.io/service-account-token', 'metadata': {'annotations': {
                  'kubernetes.io/service-account.uid': 'u', 'kubernetes.io/service-account.name': 'robot'}},
                 'data': {'token': 't', 'ca.crt': 'c', 'namespace': 'n', 'note': 'kept'}}
                """,
                """
                {'type': 'kubernetes.io/service-account-token', 'metadata': {'annotations': {
                  'kubernetes.io/service-account.name': 'robot'}}, 'data': {'note': 'kept'}}
                """
            ),
            Shaping(
                "another type with the same keys",
                "{'type': 'Opaque', 'data': {'token': 't', 'ca.crt': 'c'}}",
                "{'type': 'Opaque', 'data': {'token': 't', 'ca.crt': 'c'}}"
            ),
        ]
    )
    func secret(row: Shaping) throws { try row.check(SecretAction()) }

    @Test(
        "Bindings follow service accounts into their new namespace",
        arguments: [
            Shaping(
                "account, user and group",
                """
                {'subjects': [{'kind': 'ServiceAccount', 'name': 'a', 'namespace': 'old'},
                 {'kind': 'User', 'name': 'system:serviceaccount:old:a'}, {'kind': 'Group', 'name': 'system:serviceaccounts:old'}]}
                """,
                """
                {'subjects': [{'kind': 'ServiceAccount', 'name': 'a', 'namespace': 'new'},
                 {'kind': 'User', 'name': 'system:serviceaccount:new:a'}, {'kind': 'Group', 'name': 'system:serviceaccounts:new'}]}
                """,
                mapping: ["old": "new"]
            ),
            Shaping(
                "people",
                "{'subjects': [{'kind': 'User', 'name': 'old'}, {'kind': 'Group', 'name': 'old'}]}",
                "{'subjects': [{'kind': 'User', 'name': 'old'}, {'kind': 'Group', 'name': 'old'}]}",
                mapping: ["old": "new"]
            ),
            Shaping("no subjects", "{'roleRef': {'name': 'r'}}", "{'roleRef': {'name': 'r'}}", mapping: ["old": "new"]),
        ]
    )
    func binding(row: Shaping) throws { try row.check(RoleBindingAction()) }
}
