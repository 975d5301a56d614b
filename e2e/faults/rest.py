"""A client of the Kubernetes API in few lines: quicker than kubectl, and it can look every few milliseconds."""
import base64
import http.client
import json
import os
import ssl
import tempfile
import time
import urllib.parse

import yaml


class ApiError(Exception):
    """An answer that the caller did not expect."""

    def __init__(self, what, status, body):
        super().__init__(f"{what}: {status}: {body}")
        self.status = status


class Api:
    """One API server, and how to present oneself there. May be used by many threads."""

    def __init__(self, server, context, token=""):
        self.server = server
        self.context = context
        self.token = token
        parts = urllib.parse.urlsplit(server)
        self.host, self.port = parts.hostname, parts.port or 443

    def with_token(self, token):
        """The same server as somebody else: without the client certificate of this one."""
        context = ssl.create_default_context()
        for each in self.context.get_ca_certs(binary_form=True):
            context.load_verify_locations(cadata=each)
        return Api(self.server, context, token)

    def connect(self, timeout=10):
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=self.context)

    def request(self, method, path, body=None, content_type="application/json", timeout=10):
        """Status and body of an answer: JSON as an object, other text as it is."""
        connection = self.connect(timeout)
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {self.token}"}
        if not self.token:
            del headers["Authorization"]
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

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

    def create(self, path, body):
        return self.call("POST", path, body)

    def patch(self, path, body):
        return self.call("PATCH", path, body, content_type="application/merge-patch+json")

    def delete(self, path, **options):
        return self.call("DELETE", path, options or None, allow=(404,))

    def is_ready(self):
        try:
            return self.request("GET", "/readyz", timeout=2)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def from_kubeconfig(path):
    """An Api from the current context of a kubeconfig with client certificates, as clusters leave for their admin."""
    with open(path, encoding="utf-8") as file:
        config = yaml.safe_load(file)

    def named(kind):
        wanted = named_context[kind] if kind != "context" else config["current-context"]
        return next(each[kind] for each in config[kind + "s"] if each["name"] == wanted)

    named_context = named("context")
    cluster, user = named("cluster"), named("user")

    def material(entry, key):
        if key + "-data" in entry:
            return base64.b64decode(entry[key + "-data"]).decode()
        name = os.path.join(os.path.dirname(path), entry[key])
        with open(name, encoding="utf-8") as file:
            return file.read()

    context = ssl.create_default_context(cadata=material(cluster, "certificate-authority"))
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(material(user, "client-certificate") + "\n" + material(user, "client-key"))
        file.flush()
        context.load_cert_chain(file.name)
    return Api(cluster["server"], context)


PATIENCE = 60.0  # seconds, for a machine that is busy with other things; a quiet one takes one


def eventually(condition, what, within=PATIENCE, every=0.05):
    """The first true value of `condition()`. Fails with `what` (a text, or a function that makes one)."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what() if callable(what) else what}")
        time.sleep(every)
