"""Answers lists like a Kubernetes API server, from ready pages: what is measured is the client, not the server."""

import base64
import http.server
import json
import threading
import urllib.parse

from .objects import KINDS, NAMESPACES

PAGE = 500
REVISION = "4711"


def list_head(kind, version, token, remaining):
    metadata = {"resourceVersion": REVISION}
    if token:
        metadata |= {"continue": token, "remainingItemCount": remaining}
    head = {"kind": f"{kind}List", "apiVersion": version, "metadata": metadata}
    return json.dumps(head, separators=(",", ":"))[:-1].encode() + b',"items":['


def pages(kind, version, lines):
    """The pages of one list, as they go over the wire."""
    made = []
    for start in range(0, max(len(lines), 1), PAGE):
        remaining = len(lines) - start - PAGE
        token = base64.urlsafe_b64encode(str(len(made) + 1).encode()).decode() if remaining > 0 else None
        made.append(list_head(kind, version, token, remaining) + b",".join(lines[start : start + PAGE]) + b"]}")
    return made


class ListServer:
    """Serves one generation of objects on a loopback port."""

    def __init__(self, objects):
        self._answers = self._discovery()
        self._lists = {}
        for kind, (_, group, version, resource) in KINDS.items():
            prefix = f"/apis/{group}/{version}" if group else f"/api/{version}"
            api_version = f"{group}/{version}" if group else version
            self._lists[f"{prefix}/{resource}"] = pages(kind, api_version, [line for _, _, line in objects.lines(kind)])
        names = ["kube-system"] + [f"ns-{number:03}" for number in range(NAMESPACES)]
        self._lists["/api/v1/namespaces"] = pages("Namespace", "v1", [json.dumps(namespace(name)).encode() for name in names])

    @staticmethod
    def _discovery():
        groups = sorted({group for _, group, _, _ in KINDS.values() if group})
        answers = {
            "/version": {"major": "1", "minor": "20", "gitVersion": "v1.20.2", "platform": "linux/amd64"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [
                    {"name": group, "versions": [{"groupVersion": f"{group}/v1", "version": "v1"}],
                     "preferredVersion": {"groupVersion": f"{group}/v1", "version": "v1"}}
                    for group in groups
                ],
            },
            "/api/v1/namespaces/kube-system": namespace("kube-system"),
        }  # fmt: skip
        for group in ["", *groups]:
            served = [
                {"name": resource, "singularName": kind.lower(), "namespaced": True, "kind": kind,
                 "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"]}
                for kind, (_, of, _, resource) in KINDS.items() if of == group
            ]  # fmt: skip
            if not group:
                served.append({"name": "namespaces", "singularName": "namespace", "namespaced": False,
                               "kind": "Namespace", "verbs": ["create", "delete", "get", "list", "watch"]})  # fmt: skip
            path = f"/apis/{group}/v1" if group else "/api/v1"
            version = f"{group}/v1" if group else "v1"
            answers[path] = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": served}
        return {path: json.dumps(answer).encode() for path, answer in answers.items()}

    def answer(self, target):
        path, _, query = target.partition("?")
        if path in self._answers:
            return self._answers[path]
        if path not in self._lists:
            return None
        token = urllib.parse.parse_qs(query).get("continue")
        number = int(base64.urlsafe_b64decode(token[0])) if token else 0
        return self._lists[path][number]

    def __enter__(self):
        answer = self.answer

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 20

            def do_GET(self):
                body = answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def kubeconfig(self):
        """The text of a kubeconfig for this server."""
        return json.dumps(
            {
                "apiVersion": "v1", "kind": "Config", "current-context": "bench",
                "clusters": [{"name": "bench", "cluster": {"server": f"http://127.0.0.1:{self._server.server_port}"}}],
                "users": [{"name": "bench", "user": {}}],
                "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
            }
        )  # fmt: skip


def namespace(name):
    return {
        "metadata": {"name": name, "uid": f"00000000-0000-4000-a000-{abs(hash_of(name)):012x}", "resourceVersion": "7"},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def hash_of(name):
    """A number for a name that is the same in every run."""
    return int.from_bytes(name.encode()[-6:], "big") % (1 << 44)
