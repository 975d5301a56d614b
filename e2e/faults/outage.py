"""Ending and starting the API server of the local cluster, and etcd without it."""
import base64
import json
import subprocess
import urllib.request

from kube.wait import wait_until

ETCD = "http://127.0.0.1:2379"


class Outages:
    def __init__(self, tool, api):
        self.tool, self.api = tool, api

    def do(self, command, name="apiserver"):
        subprocess.run([self.tool, command, name], check=True, timeout=120)

    def begin_start(self):
        """Starts it without waiting; it is seen by is_ready() when it is there."""
        # Now and then it ends while it starts, on a machine that is too busy for its own deadlines.
        again = "for try in 1 2 3; do \"$0\" start apiserver && exit; done; exit 1"
        # Its own session: a Ctrl-C that ends the tests is not meant for the API server.
        return subprocess.Popen(["bash", "-c", again, self.tool], start_new_session=True)

    def heal(self):
        """Whatever a test did, the API server runs afterwards."""
        subprocess.run([self.tool, "resume", "apiserver"], check=False, capture_output=True, timeout=60)
        assert self.begin_start().wait(300) == 0, "the API server does not start"
        wait_until(self.api.is_ready, "the API server ready again", 60)
        # Their informers come back in their own time, up to a minute later; until then nodes are taken for lost, and
        # nothing is garbage-collected. A start is quicker than that.
        for name in ("controller-manager", "scheduler"):
            self.do("stop", name)
            self.do("start", name)
        wait_until(self.nodes_are_ready, "every node Ready again", 180, poll=0.5)

    def nodes_are_ready(self):
        """A node that could not reach the API server takes no pods for a while, which others would trip over."""
        nodes = self.api.get("/api/v1/nodes")["items"]
        return all(condition["status"] == "True" and not node["spec"].get("taints") for node in nodes
                   for condition in node["status"]["conditions"] if condition["type"] == "Ready")


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
