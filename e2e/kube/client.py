"""A client of the Kubernetes API in few lines: quicker than kubectl, whose start takes longer than most of what is
measured, and it can look every few milliseconds."""
import base64
import concurrent.futures
import functools
import http.client
import json
import select
import ssl
import tempfile
import threading
import time
import urllib.parse

from kube.shell import kubectl

MERGE_PATCH = "application/merge-patch+json"
TIMEOUT_SECONDS = 30  # for an answer
KEPT_SECONDS = 30     # the API server closes a connection that was not used for some minutes
CONNECTIONS = 8       # requests at once, where many are to be made

GROUPS = {
    "/api/v1": ("configmaps", "events", "namespaces", "nodes", "pods", "resourcequotas", "secrets", "serviceaccounts"),
    "/apis/apps/v1": ("controllerrevisions", "daemonsets", "deployments", "replicasets"),
    "/apis/rbac.authorization.k8s.io/v1": ("rolebindings", "roles"),
    "/apis/batch/v1": ("cronjobs", "jobs"),
    "/apis/coordination.k8s.io/v1": ("leases",),
    "/apis/che.eclipse.org/v1alpha1": ("kubernetesimagepullers",),
}


def path_of(resource, namespace="", name=""):
    """The path of a collection, or with a name of one object: path_of("pods", "default")."""
    group = next(group for group, resources in GROUPS.items() if resource in resources)
    parts = [group, *(["namespaces", namespace] if namespace else []), resource, *([name] if name else [])]
    return "/".join(parts)


class ApiError(Exception):
    """An answer that the caller did not expect."""

    def __init__(self, what, status, body):
        super().__init__(f"{what}: {status}: {str(body)[:600]}")
        self.status = status


class Client:
    """One API server, and how to present oneself there. Many threads may use it: each keeps a connection of its own."""

    def __init__(self, kubeconfig, timeout=TIMEOUT_SECONDS):
        """`kubeconfig` has one cluster and one user, and all material in itself. `timeout`: seconds for an answer."""
        self.cluster, user = kubeconfig["clusters"][0]["cluster"], kubeconfig["users"][0]["user"]
        self.server, self.timeout = self.cluster["server"], timeout
        parts = urllib.parse.urlsplit(self.server)
        self.host, self.port = parts.hostname, parts.port or 443
        self.ca = base64.b64decode(self.cluster["certificate-authority-data"])
        self._tls = ssl.create_default_context(cadata=self.ca.decode())
        self._headers = {"Authorization": f"Bearer {user['token']}"} if user.get("token") else {}
        if "client-certificate-data" in user:
            self.certificate, self.key = (base64.b64decode(user[f"client-{part}-data"])
                                          for part in ("certificate", "key"))
            with tempfile.NamedTemporaryFile() as file:
                file.write(self.certificate + b"\n" + self.key)
                file.flush()
                self._tls.load_cert_chain(file.name)
        self._kept = threading.local()

    def with_token(self, token):
        """The same server as somebody else: without the client certificate of this one."""
        return Client({"clusters": [{"cluster": self.cluster}], "users": [{"user": {"token": token}}]}, self.timeout)

    def connect(self, timeout):
        """A connection of its own, which is made at its first request."""
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self._tls)

    def _connection(self, timeout):
        """The one that this thread keeps, unless it is old or the server has closed it."""
        kept, now = self._kept, time.monotonic()
        if not hasattr(kept, "connection"):
            kept.connection = self.connect(timeout)
        elif kept.connection.sock:
            closed = select.poll()
            closed.register(kept.connection.sock, select.POLLIN)
            if now - kept.used > KEPT_SECONDS or closed.poll(0):
                kept.connection.close()  # the next request connects again
            else:
                kept.connection.sock.settimeout(timeout)
        kept.connection.timeout, kept.used = timeout, now
        return kept.connection

    def request(self, method, path, body=None, content_type="application/json", timeout=None):
        """Status and body of an answer: JSON as an object, other text as it is. So is the body that is sent."""
        connection = self._connection(timeout or self.timeout)
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        try:
            connection.request(method, path, body, {**self._headers, "Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read()
        except BaseException:
            connection.close()  # the answer may still come, and would be taken for that of the next request
            raise
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer.status, json.loads(text)
        return answer.status, text.decode(errors="replace")

    def call(self, method, path, body=None, allow=(), **more):
        """The body of a good answer; None where its status is one of `allow`."""
        status, answer = self.request(method, path, body, **more)
        if status in allow:
            return None
        if not 200 <= status < 300:
            raise ApiError(f"{method} {path}", status, answer)
        return answer

    def get(self, path):
        """The object, or None where there is none."""
        return self.call("GET", path, allow=(404,))

    def create(self, path, body, allow=()):
        return self.call("POST", path, body, allow)

    def patch(self, path, body):
        return self.call("PATCH", path, body, content_type=MERGE_PATCH)

    def delete(self, path, allow=(404,), **options):
        """With these DeleteOptions. None where there was nothing to delete."""
        return self.call("DELETE", path, options or None, allow)

    def stream(self, path):
        """Connection and answer of a watch, which may go on for ever; the answer's lines are its events."""
        connection = self.connect(self.timeout)
        connection.request("GET", path, headers=self._headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise ApiError(f"GET {path}", answer.status, answer.read())
        connection.sock.settimeout(None)
        return connection, answer

    def is_ready(self):
        try:
            return self.request("GET", "/readyz", timeout=2)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def each(items, act):
    """act(item) for each, by several threads at once. The first failure is raised, at the end."""
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(act, items))


def from_kubectl(**options):
    """A Client of the cluster and the user that kubectl would take."""
    return Client(json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json")), **options)


@functools.cache
def current():
    """The one that the tests share."""
    return from_kubectl()
