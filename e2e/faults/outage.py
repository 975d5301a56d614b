"""Ending and starting the API server of the local cluster, and etcd without it."""
import base64
import json
import subprocess
import urllib.request

from .rest import eventually

ETCD = "http://127.0.0.1:2379"


class Outages:
    def __init__(self, tool, api):
        self.tool, self.api = tool, api

    def do(self, command, name="apiserver"):
        subprocess.run([self.tool, command, name], check=True, timeout=120)

    def begin_start(self):
        """Starts it without waiting; it is seen by is_ready() when it is there."""
        return subprocess.Popen([self.tool, "start", "apiserver"])

    def heal(self):
        """Whatever a test did, the API server runs afterwards."""
        subprocess.run([self.tool, "resume", "apiserver"], check=False, capture_output=True, timeout=60)
        self.do("start")
        eventually(self.api.is_ready, "the API server ready again", 60)


def etcd(call, body):
    request = urllib.request.Request(f"{ETCD}/v3/{call}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def delete_behind_the_api_server(namespace, name):
    """Removes a DaemonSet while there is no API server to ask, and all memory of it: who watches gets 410 Gone."""
    key = base64.b64encode(f"/registry/daemonsets/{namespace}/{name}".encode()).decode()
    answer = etcd("kv/deleterange", {"key": key})
    assert answer.get("deleted") == "1", answer
    etcd("kv/compaction", {"revision": answer["header"]["revision"], "physical": True})
