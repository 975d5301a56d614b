"""A reverse proxy in front of the real API server that answers some requests otherwise.

One proxy for one service under test: it counts what that asked for, and its rules say which requests meet which
trouble (troubles.py). What no rule matches goes to the API server with the caller's own credentials.
"""
import contextlib
import dataclasses
import http.client
import http.server
import re
import socket
import ssl
import threading
import time
import urllib.parse


@dataclasses.dataclass
class Rule:
    """The first `times` requests that match meet `trouble(handler)`."""
    trouble: callable
    method: str = ".*"
    path: str = ".*"        # a regular expression for the whole path, without the query
    watch: bool | None = None
    times: int | None = None  # None: until lifted
    hits: int = 0
    lifted: bool = False

    def matches(self, seen):
        return (not self.lifted and (self.times is None or self.hits < self.times) and
                re.fullmatch(self.method, seen.method) is not None and
                re.fullmatch(self.path, seen.path) is not None and self.watch in (None, seen.watch))


@dataclasses.dataclass
class Seen:
    """One request."""
    at: float
    method: str
    path: str
    watch: bool
    query: str
    trouble: str = ""
    status: int = 0  # what the API server answered; 0 where it was not asked


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection of the service, on a thread of its own."""
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    upstream = None

    def log_message(self, *_):
        pass

    def setup(self):
        if self.server.context:
            self.request.settimeout(10)
            self.request.do_handshake()
            self.request.settimeout(None)
        super().setup()

    def serve(self):
        parts = urllib.parse.urlsplit(self.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen = Seen(time.monotonic(), self.command, parts.path, "watch=true" in parts.query, parts.query)
        rule = self.server.proxy.note(self.seen)
        try:
            if rule:
                rule.trouble(self)
            else:
                self.forward()
            self.wfile.flush()
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = serve

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()
        if self.upstream:
            self.upstream.close()

    def ask(self):
        """The API server's answer to this request."""
        # A kept connection may just be closing, and a write is never sent twice from here.
        if self.upstream is None or self.command != "GET":
            if self.upstream:
                self.upstream.close()
            self.upstream = self.server.proxy.api.connect(timeout=600)
        headers = {key: self.headers[key] for key in ("Authorization", "Content-Type", "Accept", "User-Agent")
                   if key in self.headers}
        try:
            self.upstream.request(self.command, self.path, self.body or None, headers)
            self.server.proxy.keep(self.upstream.sock)
            answer = self.upstream.getresponse()
        except (OSError, http.client.HTTPException):
            self.upstream.close()
            self.upstream = None
            raise
        self.seen.status = answer.status
        return answer

    def forward(self):
        answer = self.ask()
        if not (self.seen.watch and answer.status == 200):
            return self.reply(answer.status, answer.read(), answer.headers["Content-Type"],
                              {"Retry-After": answer.headers["Retry-After"]})
        self.begin_stream()
        while chunk := answer.read1(1 << 16):
            self.chunk(chunk)
        self.chunk(b"")
        return None

    def reply(self, status, body, content_type="application/json", headers=None, length=None):
        self.send_response(status)
        self.send_header("Content-Type", content_type or "text/plain")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for key, value in (headers or {}).items():
            if value:
                self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def begin_stream(self, content_type="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address, proxy, context):
        super().__init__(address, Handler)
        self.proxy, self.context = proxy, context

    def get_request(self):
        connection, address = super().get_request()
        if self.context:  # the handshake is made by the connection's own thread
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self.proxy.keep(connection)
        return connection, address

    def handle_error(self, *_):
        pass  # a client that does not trust us, or went away


class Proxy:
    """Listens on loopback. `certificate` is a pair of paths, or None for plain HTTP; `api` is the real server."""

    def __init__(self, api, certificate, rules=()):
        # Not as the admin whose certificate `api` shows: with the caller's token alone.
        self.api, self.rules, self.requests = api.with_token(""), list(rules), []
        self.lock, self.sockets = threading.Lock(), []
        self.closing = threading.Event()
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
        self.server = Server(("127.0.0.1", 0), self, context)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def keep(self, connection):
        with self.lock:
            self.sockets.append(connection)

    def note(self, seen):
        """Remembers a request; the rule that it meets, or None."""
        with self.lock:
            self.requests.append(seen)
            for rule in self.rules:
                if rule.matches(seen):
                    rule.hits += 1
                    seen.trouble = rule.trouble.__name__
                    return rule
        return None

    def add(self, rule):
        with self.lock:
            self.rules.insert(0, rule)
        return rule

    def those(self, method=".*", path=".*", watch=None, passed=False):
        """The requests so far of this kind; with `passed`, those that the API server answered well."""
        pattern = Rule(None, method, path, watch)
        with self.lock:
            found = [seen for seen in self.requests if pattern.matches(seen)]
        return [seen for seen in found if 200 <= seen.status < 300] if passed else found

    def cut(self):
        """Ends all connections at once, as a load balancer does that is replaced."""
        with self.lock:
            sockets, self.sockets = self.sockets, []
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.cut()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
