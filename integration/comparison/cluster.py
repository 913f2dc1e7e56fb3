"""Reading objects out of a cluster over plain HTTPS, with the credentials of a kubeconfig."""

import base64
import http.client
import json
import os
import ssl
import tempfile
import urllib.parse

import yaml


class ClusterError(Exception):
    """The cluster could not be read; the message says what to look at."""


class Cluster:
    """A connection to the API server of a kubeconfig's context."""

    def __init__(self, kubeconfig: str | None, context: str | None):
        path = kubeconfig or os.environ.get("KUBECONFIG") or os.path.expanduser("~/.kube/config")
        self._folder = os.path.dirname(os.path.abspath(path))
        try:
            with open(path, encoding="utf-8") as file:
                config = yaml.safe_load(file)
            chosen = self._named(config["contexts"], context or config.get("current-context"), "context")
            cluster = self._named(config["clusters"], chosen["cluster"], "cluster")
            user = self._named(config["users"], chosen["user"], "user")
        except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
            raise ClusterError(f"the kubeconfig {path} cannot be used: {error}") from error
        address = urllib.parse.urlsplit(cluster["server"])
        authority = self._material(cluster, "certificate-authority")
        self.server = cluster["server"]
        self._headers = {"Accept": "application/json"}
        if token := user.get("token"):
            self._headers["Authorization"] = f"Bearer {token}"
        tls = ssl.create_default_context(cadata=authority.decode() if authority else None)
        self._add_client_certificate(tls, user)
        self._connection = http.client.HTTPSConnection(address.hostname, address.port or 443, timeout=60, context=tls)

    @staticmethod
    def _named(entries, name, what):
        for entry in entries:
            if entry["name"] == name:
                return entry[what]
        raise KeyError(f"it has no {what} '{name}'")

    def _material(self, entry, key) -> bytes | None:
        if data := entry.get(f"{key}-data"):
            return base64.b64decode(data)
        if path := entry.get(key):
            with open(os.path.join(self._folder, path), "rb") as file:
                return file.read()
        return None

    def _add_client_certificate(self, tls: ssl.SSLContext, user) -> None:
        certificate, key = self._material(user, "client-certificate"), self._material(user, "client-key")
        if not (certificate and key):
            return
        # The ssl module reads certificates from files only; this one is for its owner alone, and short-lived.
        with tempfile.NamedTemporaryFile() as file:
            file.write(certificate + b"\n" + key)
            file.flush()
            tls.load_cert_chain(file.name)

    def get(self, path: str):
        """The JSON answer to a GET of `path`; numbers keep their kind, integers their size."""
        try:
            self._connection.request("GET", path, headers=self._headers)
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
