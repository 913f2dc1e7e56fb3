"""Stands before an HTTP server and counts the requests that it passes on, byte for byte."""

import collections
import socket
import socketserver
import threading
import urllib.parse


class CountingProxy:
    """Counts requests by method; lists apart from other reads."""

    def __init__(self, endpoint):
        target = urllib.parse.urlsplit(endpoint)
        self._target = (target.hostname, target.port)
        self._counts = collections.Counter()
        self._lock = threading.Lock()
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                proxy._serve(self.rfile, self.connection)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def take(self):
        """The requests since this was asked last."""
        with self._lock:
            counts, self._counts = self._counts, collections.Counter()
        return counts

    def _serve(self, requests, client):
        # What is signed names the host, so nothing may be changed on the way.
        with socket.create_connection(self._target) as server:
            answers = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            answers.start()
            try:
                while self._pass_request(requests, server):
                    pass
                server.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            answers.join(timeout=60)

    def _pass_request(self, requests, server):
        line = requests.readline(65536)
        if not line:
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        with self._lock:
            self._counts["LIST" if method == "GET" and "list-type=" in target else method] += 1
        head = [line]
        length = 0
        while (field := requests.readline(65536)) not in (b"\r\n", b""):
            head.append(field)
            name, _, value = field.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        server.sendall(b"".join(head) + b"\r\n")
        while length > 0:
            part = requests.read(min(length, 65536))
            if not part:
                return False
            server.sendall(part)
            length -= len(part)
        return True

    @staticmethod
    def _copy(source, target):
        try:
            while part := source.recv(65536):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
