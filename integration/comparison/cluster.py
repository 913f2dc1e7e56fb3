"""Reading objects out of a cluster through kubectl, which knows every way to reach one."""

import atexit
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.parse


class ClusterError(Exception):
    """The cluster could not be read; the message says what to look at."""


def _kubectl() -> str:
    cache = os.environ.get("KBACKUP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kbackup-integration"
    )
    folders = [os.environ.get("KUBEBUILDER_ASSETS"), os.environ.get("PATH"), os.path.join(cache, "bin")]
    found = shutil.which("kubectl", path=os.pathsep.join(folder for folder in folders if folder))
    if not found:
        raise ClusterError("kubectl was not found on PATH, in KUBEBUILDER_ASSETS or in the cache; run integration/install")
    return found


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str):
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Cluster:
    """The API server of a kubeconfig's context, behind a `kubectl proxy` that only this user can reach."""

    def __init__(self, kubeconfig: str | None, context: str | None):
        self._command = [_kubectl()]
        if kubeconfig:
            self._command.append(f"--kubeconfig={kubeconfig}")
        if context:
            self._command.append(f"--context={context}")
        view = ["config", "view", "--minify", "--output", "jsonpath={.clusters[0].cluster.server}"]
        answer = subprocess.run([*self._command, *view], capture_output=True, text=True, timeout=60, check=False)
        self.server = answer.stdout.strip()
        if answer.returncode != 0 or not self.server:
            raise ClusterError(f"kubectl knows no cluster: {answer.stderr.strip() or 'the kubeconfig names no server'}")
        self._folder = tempfile.mkdtemp(prefix="compare.")
        self._proxy = None
        atexit.register(self.close)
        path = os.path.join(self._folder, "api")
        self._proxy = subprocess.Popen(
            [*self._command, "proxy", f"--unix-socket={path}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        # It says so when it listens; what it says instead is why it does not.
        said = self._proxy.stdout.readline()
        if not said.startswith("Starting to serve"):
            raise ClusterError(f"kubectl proxy did not start: {said.strip()}")
        self._connection = _Connection(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        """Ends the proxy."""
        if self._proxy and self._proxy.poll() is None:
            self._proxy.terminate()
            self._proxy.wait(timeout=10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def get(self, path: str):
        """The JSON answer to a GET of `path`; numbers keep their kind, integers their size."""
        try:
            self._connection.request("GET", path, headers={"Accept": "application/json"})
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ClusterError(f"{self.server}{path} cannot be read: {error}") from error
        if response.status != 200:
            raise ClusterError(f"{self.server}{path} answered {response.status}: {body[:300].decode(errors='replace')}")
        return json.loads(body)

    def resources(self):
        """What the server can list, as dictionaries with name, group, version, kind, namespaced and status; each
        resource once, in its group's preferred version or else in the first that has it."""
        found = {}
        versions = [("", "v1", "/api/v1")]
        for group in self.get("/apis")["groups"]:
            preferred = group["preferredVersion"]["version"]
            ordered = [preferred] + [v["version"] for v in group["versions"] if v["version"] != preferred]
            versions += [(group["name"], version, f"/apis/{group['name']}/{version}") for version in ordered]
        for group, version, path in versions:
            listed = self.get(path)["resources"]
            names = {resource["name"] for resource in listed}
            for resource in listed:
                name = resource["name"]
                if "/" in name or "list" not in resource["verbs"]:
                    continue
                found.setdefault(
                    f"{name}.{group}".rstrip("."),
                    {
                        "path": path,
                        "name": name,
                        "kind": resource["kind"],
                        "namespaced": resource["namespaced"],
                        "status": f"{name}/status" in names,
                    },
                )
        return found

    def objects(self, resource, namespace: str | None = None, selector: str | None = None):
        """All objects of a resource, page by page."""
        place = f"/namespaces/{namespace}" if namespace else ""
        query = {"limit": "500"}
        if selector:
            query["labelSelector"] = selector
        while True:
            page = self.get(f"{resource['path']}{place}/{resource['name']}?{urllib.parse.urlencode(query)}")
            for item in page["items"] or []:
                # Items of a list do not carry their kind.
                item.setdefault("apiVersion", page["apiVersion"])
                item.setdefault("kind", resource["kind"])
                yield item
            if not page["metadata"].get("continue"):
                return
            query["continue"] = page["metadata"]["continue"]


def snapshot(cluster: Cluster, namespaces: list[str], cluster_scoped: str) -> dict:
    """A dump of all objects in `namespaces` and of cluster-scoped objects: all, none, or those with a label."""
    resources = cluster.resources()
    objects = []
    for name, resource in sorted(resources.items()):
        if resource["namespaced"]:
            found = [item for namespace in namespaces for item in cluster.objects(resource, namespace)]
        elif cluster_scoped == "none" or name == "componentstatuses":
            found = []
        else:
            selector = None if cluster_scoped == "all" else cluster_scoped
            found = list(cluster.objects(resource, selector=selector))
        objects += [{"resource": name, "object": item} for item in found]
    return {"server": cluster.server, "namespaces": namespaces, "resources": resources, "objects": objects}
