import KubernetesModel
import Testing

@testable import RestoreEngine

@Suite("Job action")
struct JobActionTests {
    @Test(
        "Generated labels and selectors go, manual ones stay",
        arguments: [
            Shaping(
                "generated",
                """
                {'metadata': {'labels': {'controller-uid': 'u', 'a': 'b'}}, 'spec': {
                 'selector': {'matchLabels': {'controller-uid': 'u', 'batch.kubernetes.io/controller-uid': 'u'}},
                 'template': {'metadata': {'labels': {'batch.kubernetes.io/controller-uid': 'u', 'job-name': 'j'}}}}}
                """,
                "{'metadata': {'labels': {'a': 'b'}}, 'spec': {'template': {'metadata': {'labels': {'job-name': 'j'}}}}}"
            ),
            Shaping(
                "a selector with more than that",
                "{'spec': {'selector': {'matchLabels': {'controller-uid': 'u', 'a': 'b'}}}}",
                "{'spec': {'selector': {'matchLabels': {'a': 'b'}}}}"
            ),
            Shaping(
                "manual",
                "{'spec': {'manualSelector': true, 'selector': {'matchLabels': {'controller-uid': 'mine'}}}}",
                "{'spec': {'manualSelector': true, 'selector': {'matchLabels': {'controller-uid': 'mine'}}}}"
            ),
        ]
    )
    func shape(row: Shaping) throws { try row.check(JobAction()) }
}

@Suite("Pod action")
struct PodActionTests {
    @Test(
        "What scheduling and admission wrote goes",
        arguments: [
            Shaping(
                "node and priority",
                """
                {'spec': {'nodeName': 'n', 'priority': 5, 'preemptionPolicy': 'Never', 'priorityClassName': 'p',
                 'tolerations': [{'key': 'node.kubernetes.io/not-ready'}]}}
                """,
                "{'spec': {'priorityClassName': 'p', 'tolerations': [{'key': 'node.kubernetes.io/not-ready'}]}}"
            ),
            Shaping(
                "token of the service account, to 1.20",
                """
                {'spec': {'serviceAccountName': 'robot', 'volumes': [
                  {'name': 'robot-token-x2x2x', 'secret': {'secretName': 'robot-token-x2x2x'}}, {'name': 'data'}],
                 'initContainers': [{'volumeMounts': [{'name': 'robot-token-x2x2x', 'mountPath': '/var/run'}]}],
                 'containers': [{'volumeMounts': [{'name': 'data'}, {'name': 'robot-token-x2x2x'}]}]}}
                """,
                """
                {'spec': {'serviceAccountName': 'robot', 'volumes': [{'name': 'data'}],
                 'initContainers': [{}], 'containers': [{'volumeMounts': [{'name': 'data'}]}]}}
                """
            ),
            Shaping(
                "projected token, since 1.21",
                """
                {'spec': {'volumes': [{'name': 'kube-api-access-x2x2x', 'projected': {'sources': [
                  {'serviceAccountToken': {'path': 'token'}}]}}], 'containers': [{'volumeMounts': [
                  {'name': 'kube-api-access-x2x2x'}]}]}}
                """,
                "{'spec': {'containers': [{}]}}"
            ),
            Shaping(
                "volumes of the user that look like it",
                """
                {'spec': {'serviceAccountName': 'robot', 'volumes': [
                  {'name': 'kube-api-access-x2x2x', 'emptyDir': {}},
                  {'name': 'token', 'secret': {'secretName': 'robot-token-x2x2x'}},
                  {'name': 'other-token-x2x2x', 'secret': {'secretName': 'other-token-x2x2x'}}]}}
                """,
                """
                {'spec': {'serviceAccountName': 'robot', 'volumes': [
                  {'name': 'kube-api-access-x2x2x', 'emptyDir': {}},
                  {'name': 'token', 'secret': {'secretName': 'robot-token-x2x2x'}},
                  {'name': 'other-token-x2x2x', 'secret': {'secretName': 'other-token-x2x2x'}}]}}
                """
            ),
            Shaping(
                "ephemeral containers",
                "{'spec': {'ephemeralContainers': [{'name': 'debug'}], 'containers': []}}",
                "{'spec': {'containers': []}}",
                remarks: 1
            ),
        ]
    )
    func shape(row: Shaping) throws { try row.check(PodAction()) }
}
