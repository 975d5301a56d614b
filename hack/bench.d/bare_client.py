"""A bare client to set the service beside: the same requests as the service's, and nothing else. A process of its own,
so that it does not share an interpreter with the bench that times it.

  bare_client.py repair KUBECONFIG COLLECTION BODY    makes the DaemonSet of BODY whenever it is deleted
  bare_client.py start KUBECONFIG COLLECTION BODY     for each line on stdin: from no connection to the DaemonSet

KUBECONFIG is a file of transport.py: JSON, with everything in it. Says `ready` on stdout when it waits.
"""
import base64
import http.client
import json
import ssl
import sys
import tempfile
import time
import urllib.parse

KEPT_SECONDS = 30  # as in kube.py


class Client:
    def __init__(self, path):
        with open(path) as file:
            config = json.load(file)
        self.server, self.user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.address = urllib.parse.urlsplit(self.server["server"])
        self.headers = {"Authorization": f"Bearer {self.user['token']}"} if "token" in self.user else {}
        ca = base64.b64decode(self.server["certificate-authority-data"]).decode()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.tls.load_verify_locations(cadata=ca)
        if "client-certificate-data" in self.user:
            with tempfile.NamedTemporaryFile() as file:
                for part in ("client-certificate-data", "client-key-data"):
                    file.write(base64.b64decode(self.user[part]))
                file.flush()
                self.tls.load_cert_chain(file.name)

    def connect(self):
        return http.client.HTTPSConnection(self.address.hostname, self.address.port or 443, context=self.tls)

    def ask(self, connection, method, path, body=None):
        connection.request(method, path, body, {**self.headers, "Content-Type": "application/json"})
        return connection.getresponse()


def answer(response):
    text = response.read()
    if response.status >= 300 and response.status != 409:
        raise RuntimeError(f"{response.status} {text[:300].decode(errors='replace')}")
    return json.loads(text)


def repair(path, collection, body, name):
    """A watch, and a connection of its own for the POST, which is open before it is needed."""
    client = Client(path)
    writes, used = client.connect(), 0.0
    listed = answer(client.ask(writes, "GET", f"{collection}?fieldSelector=metadata.name%3D{name}"))
    used = time.monotonic()
    version = listed["metadata"]["resourceVersion"]
    watch = client.ask(client.connect(), "GET",
                       f"{collection}?fieldSelector=metadata.name%3D{name}&watch=true&resourceVersion={version}")
    print("ready", flush=True)
    for line in watch:
        if json.loads(line)["type"] != "DELETED":
            continue
        if time.monotonic() - used > KEPT_SECONDS:
            writes.close()
        answer(client.ask(writes, "POST", collection, body))
        used = time.monotonic()


def start(path, collection, body, name):
    """What has to be known before the DaemonSet can be made: whether it is there, and its owner."""
    print("ready", flush=True)
    deployments = collection.replace("/daemonsets", "/deployments")
    for _ in sys.stdin:
        client = Client(path)
        connection = client.connect()
        answer(client.ask(connection, "GET", f"{collection}?fieldSelector=metadata.name%3D{name}"))
        answer(client.ask(connection, "GET", f"{deployments}/{name}"))
        answer(client.ask(connection, "POST", collection, body))
        connection.close()


def main(job, path, collection, body_path):
    with open(body_path) as file:
        body = file.read()
    {"repair": repair, "start": start}[job](path, collection, body, json.loads(body)["metadata"]["name"])


if __name__ == "__main__":
    main(*sys.argv[1:])
