"""A proxy in front of the real S3 server that makes the faults which that server cannot be made to show."""

import http.client
import http.server
import re
import socket
import ssl
import struct
import threading
import time
import urllib.parse

# What can go wrong with a request, by method. The words in brackets are what the client sees.
ALWAYS = ("error", "slow-down", "reset")
READS = (*ALWAYS, "reset-in-body", "truncated", "corrupted")
WRITES = (*ALWAYS, "reset-in-body", "corrupted", "applied-then-error", "applied-then-reset", "duplicated", "delayed")
LISTS = (*ALWAYS, "truncated", "lagging")
# How long a delayed write takes, and how long a list does not know of what was written, in seconds.
DELAY = 0.2
LAG = 2.0
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}


def kind(method, path):
    """Which faults a request can have."""
    query = urllib.parse.urlsplit(path).query
    if method == "GET" and "list-type=" in query:
        return LISTS
    return READS if method in ("GET", "HEAD") else WRITES


class FaultyProxy:
    """Passes requests on to an S3 server, but for those that `choose` names a fault for.

    `choose(number, method, path)` is called for each request, counted from 1, and gives one of the faults of its kind,
    or `None`. After `stop_after` requests, if set, every request is refused: the store is gone.
    """

    def __init__(self, endpoint, ca, choose=None, stop_after=None):
        parts = urllib.parse.urlsplit(endpoint)
        self.upstream = (parts.hostname, parts.port)
        self.context = ssl.create_default_context(cafile=ca)
        self.choose = choose or (lambda number, method, path: None)
        self.stop_after = stop_after
        self.lock = threading.Lock()
        self.requests = 0
        self.faults = {}
        self.written = {}
        self.late = []
        handler = type("Handler", (Handler,), {"proxy": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.settle()

    def settle(self):
        """Waits for delayed writes."""
        with self.lock:
            late, self.late = self.late, []
        for thread in late:
            thread.join()

    def reset(self, choose=None, stop_after=None):
        """Counts anew, with other faults."""
        self.settle()
        with self.lock:
            self.choose = choose or (lambda number, method, path: None)
            self.stop_after = stop_after
            self.requests = 0

    def next_fault(self, method, path):
        with self.lock:
            self.requests += 1
            if self.stop_after is not None and self.requests > self.stop_after:
                fault = "error"
            else:
                fault = self.choose(self.requests, method, path)
            if fault:
                self.faults[fault] = self.faults.get(fault, 0) + 1
            return fault

    @property
    def fault_count(self):
        with self.lock:
            return sum(self.faults.values())

    def send(self, method, path, headers, body):
        """Asks the real server."""
        connection = http.client.HTTPSConnection(*self.upstream, context=self.context, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if method == "PUT" and response.status < 300:
            with self.lock:
                self.written[key_of(path)] = time.monotonic()
        return response.status, response.getheaders(), content

    def send_late(self, method, path, headers, body):
        def apply():
            time.sleep(DELAY)
            self.send(method, path, headers, body)

        thread = threading.Thread(target=apply)
        with self.lock:
            self.late.append(thread)
        thread.start()

    def without_new(self, listing):
        """A list as a store gives it that learns late of what was written."""
        now = time.monotonic()
        with self.lock:
            new = {key for key, at in self.written.items() if now - at < LAG}

        def keep(match):
            key = re.search(rb"<Key>(.*?)</Key>", match.group(0)).group(1).decode()
            return b"" if urllib.parse.unquote(key) in new else match.group(0)

        return re.sub(rb"<Contents>.*?</Contents>", keep, listing, flags=re.DOTALL)


def key_of(path):
    """The key within the bucket."""
    return urllib.parse.unquote(urllib.parse.urlsplit(path).path).split("/", 2)[-1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy = None

    def log_message(self, *_):
        pass

    def finish(self):
        try:
            super().finish()
        except OSError:
            # The connection was reset on purpose.
            pass

    def do_GET(self):
        self.relay()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def relay(self):
        proxy = self.proxy
        length = int(self.headers.get("Content-Length", 0))
        fault = proxy.next_fault(self.command, self.path)
        if fault == "reset" or (fault == "reset-in-body" and length):
            self.rfile.read(length // 2)
            return self.hang_up()
        body = self.rfile.read(length)
        headers = self.headers.items()
        if fault == "error":
            return self.refuse(500, "InternalError")
        if fault == "slow-down":
            return self.refuse(503, "SlowDown")
        if fault == "delayed":
            proxy.send_late(self.command, self.path, headers, body)
            return self.refuse(500, "InternalError")
        if fault == "corrupted" and body:
            body = flipped(body)
        status, answered, content = proxy.send(self.command, self.path, headers, body)
        if fault == "duplicated":
            proxy.send(self.command, self.path, headers, body)
        if fault == "applied-then-error":
            return self.refuse(500, "InternalError")
        if fault == "applied-then-reset":
            return self.hang_up()
        if fault == "lagging":
            content = proxy.without_new(content)
        if fault == "corrupted" and self.command == "GET" and status < 300 and content:
            content = flipped(content)
        self.send_response_only(status)
        for name, value in answered:
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        size = len(content)
        if self.command == "HEAD":
            size = dict((name.lower(), value) for name, value in answered).get("content-length", 0)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command == "HEAD":
            return None
        if fault in ("reset-in-body", "truncated") and content:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            if fault == "reset-in-body":
                return self.hang_up()
            self.close_connection = True
            return None
        self.wfile.write(content)
        return None

    def refuse(self, status, code):
        text = f"<Error><Code>{code}</Code><Message>made by a test</Message></Error>".encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def hang_up(self):
        """Ends the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def flipped(content):
    """The same with one bit changed, in the middle."""
    changed = bytearray(content)
    changed[len(changed) // 2] ^= 0x10
    return bytes(changed)
