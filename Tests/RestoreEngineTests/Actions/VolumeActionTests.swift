import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Volume and claim actions")
struct VolumeActionTests {
    @Test(
        "A volume is kept for its claim",
        arguments: [
            Shaping(
                "bound",
                """
                {'metadata': {'annotations': {'pv.kubernetes.io/bound-by-controller': 'yes', 'a': 'b'}}, 'spec': {
                 'claimRef': {'name': 'c', 'namespace': 'old', 'uid': 'u', 'resourceVersion': '3'}}}
                """,
                "{'metadata': {'annotations': {'a': 'b'}}, 'spec': {'claimRef': {'name': 'c', 'namespace': 'new'}}}",
                mapping: ["old": "new"]
            ),
            Shaping("unclaimed", "{'spec': {'capacity': 1}}", "{'spec': {'capacity': 1}}"),
        ]
    )
    func volume(row: Shaping) throws { try row.check(VolumeAction()) }

    private static let claim = """
        {'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/selected-node': 'n',
          'pv.kubernetes.io/bound-by-controller': 'yes', 'volume.beta.kubernetes.io/storage-provisioner': 'p', 'a': 'b'}},
         'spec': {'volumeName': 'v', 'dataSourceRef': {'namespace': 'old'}}}
        """

    @Test(
        "A claim keeps its volume when that will be there",
        arguments: [
            (
                true,
                """
                {'metadata': {'annotations': {'volume.beta.kubernetes.io/storage-provisioner': 'p', 'a': 'b'}},
                 'spec': {'volumeName': 'v', 'dataSourceRef': {'namespace': 'new'}}}
                """
            ), (false, "{'metadata': {'annotations': {'a': 'b'}}, 'spec': {'dataSourceRef': {'namespace': 'new'}}}"),
        ]
    )
    func claim(keepsVolume: Bool, after: String) throws {
        var context = ActionContext()
        context.keepsVolume = keepsVolume
        try Shaping("", Self.claim, after, mapping: ["old": "new"]).check(ClaimAction(), in: context)
    }
}
