"""A registry that counts: who asked it for what, and when. It passes on what the cluster's registry says, or answers by
itself. Also a proxy for plain HTTP, as requests to one have the whole URL."""
import collections
import contextlib
import dataclasses
import hashlib
import http.client
import http.server
import json
import os
import re
import ssl
import threading
import time
import urllib.parse

from kip.images import REGISTRY, manifest_of, split

HOST = REGISTRY.partition(":")[0]
MANIFEST = re.compile(r"/v2/(.+)/manifests/(.+)")
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
SERVICE = "kubernetes-image-puller"  # begins the User-Agent of the service's requests; else it is a node's


def requests_for(reference):
    """(method, "service" or "node") of each request for the image's manifests that the cluster's open registry had so
    far."""
    path = f"/v2/{split(reference)[1]}/manifests/"
    found = []
    with open(os.environ["KIP_E2E_REGISTRY_LOG"], encoding="utf-8") as log:
        for line in log:
            parts = line.split('"')
            if len(parts) > 5 and path in parts[1] and "python" not in parts[5].lower():
                found.append((parts[1].split()[0], "service" if SERVICE in parts[5] else "node"))
    return found


def downloads_of(reference):
    """How often nodes have fetched the layer of this image, which has one, from the cluster's open registry so far."""
    layer, = json.loads(manifest_of(reference))["layers"]
    asked = f"GET /v2/{split(reference)[1]}/blobs/{layer['digest']} "
    with open(os.environ["KIP_E2E_REGISTRY_LOG"], encoding="utf-8") as log:
        return sum(asked in line and "containerd" in line for line in log)


@dataclasses.dataclass
class Asked:
    """One request."""
    at: float  # seconds, time.monotonic()
    method: str
    path: str
    agent: str
    status: int = 0

    @property
    def repository(self):
        """Of a request for a manifest; else nothing."""
        found = MANIFEST.fullmatch(self.path)
        return found and found[1]

    @property
    def is_of_service(self):
        return self.agent.startswith(SERVICE)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        path = urllib.parse.urlsplit(self.path).path
        asked = Asked(time.monotonic(), self.command, path, self.headers.get("User-Agent", ""))
        with contextlib.suppress(OSError, http.client.HTTPException):
            asked.status, headers, body = self.server.registry.answer(asked, self.headers)
            self.server.registry.note(asked)
            self.send_response(asked.status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for piece in [body] if isinstance(body, bytes) else body:
                self.wfile.write(piece)
            return
        self.close_connection = True

    do_GET = do_HEAD = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # a client that went away


class Registry:
    """Listens at an address of its own, where nodes and the service reach it: over TLS with a certificate (paths of
    it and of its key)."""

    def __init__(self, host=HOST, certificate=None):
        self.lock, self.requests = threading.Lock(), []
        self.server = Server((host, 0), Handler)
        self.server.registry = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.address = f"{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def note(self, asked):
        with self.lock:
            self.requests.append(asked)

    def answer(self, asked, headers):
        """Status, headers and body: bytes, or an iterable of them, with Content-Length among the headers."""
        raise NotImplementedError

    def for_manifests(self, is_of_service, since=0.0):
        """The requests for manifests, of the service or of nodes, oldest first."""
        with self.lock:
            return [r for r in self.requests if r.repository and r.is_of_service == is_of_service and r.at >= since]


def by_method(requests):
    return collections.Counter(request.method for request in requests)


class Proxy(Registry):
    """Before the cluster's open registry. While `trouble` is set, to (status, headers), it answers the service so, and
    with `is_for_nodes` them as well; with (0, {}) not at all."""
    trouble, is_for_nodes = None, False

    def __init__(self, certificate=None):
        super().__init__(certificate=certificate)
        folder = os.path.join(os.environ["KIP_CLUSTER_DIR"], "certs.d", self.address)
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/hosts.toml", "w", encoding="utf-8") as file:  # plain HTTP, on all nodes
            file.write(f'server = "{"https" if certificate else "http"}://{self.address}"\n')
            if certificate:
                file.write("skip_verify = true\n")

    def answer(self, asked, headers):
        if self.trouble and (self.is_for_nodes or asked.is_of_service):
            status, more = self.trouble
            if not status:
                raise ConnectionError("as told")
            return status, more, b""
        with self.upstream(asked, headers) as (status, kept, answer):
            return status, kept, answer.read()

    @contextlib.contextmanager
    def upstream(self, asked, headers):
        """Status, headers and the answer to be read, of the registry behind."""
        connection = http.client.HTTPConnection(REGISTRY, timeout=60)
        try:
            connection.request(asked.method, asked.path, headers={
                name: headers[name] for name in ("Accept", "Authorization", "Range", "User-Agent") if name in headers})
            answer = connection.getresponse()
            yield answer.status, {name: value for name, value in answer.headers.items() if name.lower() not in (
                "connection", "date", "server", "transfer-encoding")}, answer
        finally:
            connection.close()


class Tags(Registry):
    """Has whatever is asked for, and no content. All tags have one digest, until `move` gives a repository another."""

    def __init__(self, host=HOST):
        super().__init__(host)
        self.moves = collections.Counter()

    def move(self, repository):
        self.moves[repository] += 1

    def digest(self, repository=""):
        return "sha256:" + hashlib.sha256(str(self.moves[repository]).encode()).hexdigest()

    def answer(self, asked, headers):
        if asked.path == "/v2/" or not asked.repository:
            return 200, {}, b""
        return 200, {"Content-Type": MANIFEST_TYPE, "Docker-Content-Digest": self.digest(asked.repository),
                     "Content-Length": "500"}, b""


class Limited(Tags):
    """Lets so many requests pass, says what remains of them, and at the last that the next has to wait for `seconds`:
    with `says_429` by 429 and Retry-After to one more, else by ratelimit-remaining and ratelimit-reset."""

    def __init__(self, passes, seconds, says_429):
        super().__init__()
        self.passes, self.seconds, self.says_429 = passes, seconds, says_429
        self.passed, self.shut_until, self.early = 0, 0.0, 0

    def answer(self, asked, headers):
        if not asked.repository:
            return super().answer(asked, headers)
        with self.lock:
            if asked.at < self.shut_until:
                self.early += 1
                return 429, {"Retry-After": str(int(self.shut_until - asked.at) + 1)}, b""
            if self.shut_until:
                return super().answer(asked, headers)
            self.passed += 1
            remaining = self.passes - self.passed
            if remaining < 0 or (remaining == 0 and not self.says_429):
                self.shut_until = time.monotonic() + self.seconds
            if remaining < 0:
                return 429, {"Retry-After": str(self.seconds)}, b""
            status, more, body = super().answer(asked, headers)
            if not self.says_429:
                more |= {"ratelimit-limit": f"{self.passes};w=21600", "ratelimit-remaining": f"{remaining};w=21600",
                         "ratelimit-reset": str(self.seconds)}
            return status, more, body
