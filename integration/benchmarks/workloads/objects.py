"""Workload B: Kubernetes objects of about 2 kB of JSON each, as an API server lists them."""

import base64
import json
import pathlib
import random

NAMESPACES = 120
# Each kind's share, and its group, version and resource.
KINDS = {
    "Pod": (0.3, "", "v1", "pods"),
    "Deployment": (0.2, "apps", "v1", "deployments"),
    "ConfigMap": (0.3, "", "v1", "configmaps"),
    "Secret": (0.2, "", "v1", "secrets"),
}
WORDS = (
    "access account agent alert archive backend balance batch billing bucket cache catalog cluster config connection "
    "controller cursor daemon database default deploy digest endpoint engine event export failover feature filter "
    "gateway handler header health host image import index ingress instance interval job journal kernel label latency "
    "ledger limit listener locale lock log manager market memory metric mirror model monitor network node notice object "
    "order owner packet page partition patch payment peer pipeline plan policy pool port price probe process product "
    "profile proxy queue quota range record region registry release replica report request resource retry role route "
    "scale schedule schema secret segment server service session shard signal snapshot socket source storage stream "
    "table target tenant thread timeout token topic trace traffic tunnel update upload user value vault version view "
    "volume warning watch webhook window worker zone"
).split()
REGISTRIES = ["registry.example.com/shop", "registry.example.com/platform", "mirror.example.net/library"]


def uid(chance):
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def moment(chance):
    return f"2026-{chance.randint(1, 11):02}-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}Z"


def prose(chance, count):
    return " ".join(chance.choices(WORDS, k=count))


def metadata(chance, name, namespace, revision):
    return {
        "name": name,
        "namespace": namespace,
        "uid": uid(chance),
        "resourceVersion": str(revision),
        "creationTimestamp": moment(chance),
        "labels": {
            "app.kubernetes.io/name": chance.choice(WORDS),
            "app.kubernetes.io/instance": name,
            "tier": chance.choice(["web", "db", "queue"]),
        },
        "annotations": {"example.com/owner": f"team-{chance.randint(1, 40)}"},
    }


def container(chance):
    name = chance.choice(WORDS)
    return {
        "name": name,
        "image": f"{chance.choice(REGISTRIES)}/{name}:{chance.randint(1, 9)}.{chance.randint(0, 30)}.{chance.randint(0, 20)}",
        "args": [f"--{word}={chance.choice(WORDS)}" for word in chance.choices(WORDS, k=4)],
        "env": [{"name": word.upper(), "value": chance.choice(WORDS)} for word in chance.choices(WORDS, k=5)],
        "ports": [{"containerPort": chance.randint(1024, 9999), "protocol": "TCP"}],
        "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }


def pod_spec(chance):
    return {
        "containers": [container(chance)],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "securityContext": {},
        "schedulerName": "default-scheduler",
    }


def body(kind, name, namespace, revision, chance):
    """One object, as a list shows it: without apiVersion and kind."""
    found = {"metadata": metadata(chance, name, namespace, revision)}
    if kind == "Pod":
        found["spec"] = pod_spec(chance) | {"nodeName": f"node-{chance.randint(1, 80)}"}
        address = f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
        started = moment(chance)
        found["status"] = {
            "phase": "Running",
            "conditions": [
                {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": started}
                for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "hostIP": "10.0.0.7", "podIP": address, "podIPs": [{"ip": address}], "startTime": started,
            "containerStatuses": [
                {
                    "name": found["spec"]["containers"][0]["name"], "ready": True, "restartCount": chance.randint(0, 4),
                    "state": {"running": {"startedAt": started}}, "lastState": {},
                    "image": found["spec"]["containers"][0]["image"],
                    "imageID": f"sha256:{chance.getrandbits(256):064x}",
                    "containerID": f"containerd://{chance.getrandbits(256):064x}", "started": True,
                }
            ],
            "qosClass": "Burstable",
        }  # fmt: skip
    elif kind == "Deployment":
        labels = {"app": name}
        found["spec"] = {
            "replicas": chance.randint(1, 9),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"creationTimestamp": None, "labels": labels}, "spec": pod_spec(chance)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        }
        found["status"] = {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    elif kind == "ConfigMap":
        lines = [f"{word}.{chance.choice(WORDS)}={prose(chance, 4)}" for word in chance.choices(WORDS, k=40)]
        found["data"] = {"application.properties": "\n".join(lines)}
    else:
        secret = base64.b64encode(chance.randbytes(600)).decode()
        found |= {"type": "Opaque", "data": {"token": secret, "password": base64.b64encode(chance.randbytes(24)).decode()}}
    return found


class Objects:
    """`count` objects; in `generation` n, 1 % of them, chosen at random, are others than in generation n - 1."""

    def __init__(self, count, generation=1):
        self.count = count
        self.generation = generation

    def kinds(self):
        return KINDS

    def keys(self, kind):
        """Namespace and name of each object of a kind, in the order in which a server lists them."""
        share = round(self.count * KINDS[kind][0])
        named = ((f"ns-{number % NAMESPACES:03}", f"{kind.lower()}-{number:06}") for number in range(share))
        return sorted(named)

    def lines(self, kind):
        """Each object of a kind as JSON, in order, with its namespace and name."""
        for namespace, name in self.keys(kind):
            changed = 1
            for generation in range(2, self.generation + 1):
                if random.Random(f"{generation}{kind}{name}").random() < 0.01:
                    changed = generation
            chance = random.Random(f"{kind}{name}")
            revision = chance.randint(1000, 900000) + 1_000_000 * (changed - 1)
            item = body(kind, name, namespace, revision, chance)
            if changed > 1:
                item["metadata"]["annotations"]["example.com/change"] = f"{changed}-{random.Random(f'{changed}{name}').getrandbits(64):x}"
            yield namespace, name, json.dumps(item, separators=(",", ":")).encode()

    def write_files(self, folder):
        """One file an object, `<resource>/<namespace>/<name>.json`, as a peer backs them up. Only what is new is written."""
        folder = pathlib.Path(folder)
        total = 0
        for kind, (_, _, _, resource) in KINDS.items():
            for namespace, name, line in self.lines(kind):
                path = folder / resource / namespace / f"{name}.json"
                total += len(line)
                if path.exists() and path.read_bytes() == line:
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(line)
        return total
