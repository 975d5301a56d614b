"""The bench's own way to the API server: one kept TLS connection for requests, and watches that note when each event
arrived. Not kubectl, whose start takes longer than most of what is measured."""
import base64
import concurrent.futures
import copy
import http.client
import json
import queue
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

MERGE = "application/merge-patch+json"
CONNECTIONS = 8  # requests at once, where many are to be made
KEPT_SECONDS = 30  # the API server closes a connection that was not used for some minutes


class Cluster:
    """Reads what kubectl would use: address, CA and client certificate."""

    def __init__(self):
        text = subprocess.run(["kubectl", "config", "view", "--raw", "--minify", "--flatten", "-o", "json"],
                              check=True, stdout=subprocess.PIPE).stdout
        config = json.loads(text)
        server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.ca = base64.b64decode(server["certificate-authority-data"])
        self.address = urllib.parse.urlsplit(server["server"])
        self.certificate, self.key = (base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key"))
        self.tls = ssl.create_default_context(cadata=self.ca.decode())
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.certificate + self.key)
            file.flush()
            self.tls.load_cert_chain(file.name)
        self.kept, self.used = self.connect(), 0

    def connect(self):
        return http.client.HTTPSConnection(self.address.hostname, self.address.port or 443, context=self.tls,
                                           timeout=400)

    def each(self, items, act):
        """act(cluster, item) for each, by several connections at once. The first failure is raised, at the end."""
        threads = threading.local()

        def one(item):
            if not hasattr(threads, "cluster"):
                threads.cluster = copy.copy(self)
                threads.cluster.kept = self.connect()
            return act(threads.cluster, item)
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            return list(pool.map(one, items))

    def request(self, method, path, body=None, content_type="application/json", allowed=()):
        """The answer as JSON; None for a status that is allowed to fail."""
        content = None if body is None else json.dumps(body)
        if time.monotonic() - self.used > KEPT_SECONDS:
            self.kept.close()  # request() connects again
        self.used = time.monotonic()
        self.kept.request(method, path, content, {"Content-Type": content_type})
        answer = self.kept.getresponse()
        text = answer.read()
        if answer.status in allowed:
            return None
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300].decode(errors='replace')}")
        return json.loads(text)

    def patch(self, path, body):
        return self.request("PATCH", path, body, MERGE)


class Watch:
    """Events (seconds on the monotonic clock, type, object) of a collection, from now on, in a queue."""

    def __init__(self, cluster, collection, name=None):
        query = {"fieldSelector": f"metadata.name={name}"} if name else {}
        listed = cluster.request("GET", f"{collection}?{urllib.parse.urlencode(query)}")
        self.items = listed["items"]
        query.update(watch="true", resourceVersion=listed["metadata"]["resourceVersion"])
        self.events = queue.Queue()
        self.connection = cluster.connect()
        self.connection.request("GET", f"{collection}?{urllib.parse.urlencode(query)}")
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise RuntimeError(f"watch of {collection}: {self.answer.status}")
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        try:
            for line in self.answer:
                now = time.monotonic()
                event = json.loads(line)
                self.events.put((now, event["type"], event["object"]))
        except (OSError, ValueError, AttributeError):
            pass  # closed from the other thread

    def next(self, kind, seconds=30):
        """Time and object of the next event of this type; those before it are passed over."""
        end = time.monotonic() + seconds
        while True:
            try:
                arrived, found, item = self.events.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                raise RuntimeError(f"no event {kind} in {seconds} s") from None
            if found == kind:
                return arrived, item

    def close(self):
        self.connection.sock and self.connection.sock.shutdown(2)


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:5])}: {done.stderr.decode(errors='replace').strip()[-600:]}")
    return done.stdout.decode(errors="replace")

