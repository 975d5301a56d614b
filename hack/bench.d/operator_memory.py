"""The operator's memory, in a small cluster and in one of thousands of namespaces."""
import os
import resource
import signal
import subprocess
import tempfile
import time

import process
from cgroup import Group
from figures import Root
from kube.client import each
from kube.shell import kubectl
from service import NAME

NAMESPACE = "kip-bench-operator"
ACCOUNT = "kubernetes-image-puller-operator"
SOFT_DESCRIPTORS = 1024  # of a container, where the unit of containerd (2.0 and later) sets none
TEAM = "kip-bench-team-{}"
RESOURCES = "/apis/che.eclipse.org/v1alpha1/namespaces/{}/kubernetesimagepullers"


class Operator:
    """The binary in an empty root, with the account and the rights of deploy/operator."""

    def __init__(self, root, client):
        self.root, self.client = root, client
        client.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}}, allow=(409,))
        for file in ("crd.yaml", "rbac.yaml"):
            with open(os.path.join(root, "deploy/operator", file)) as found:
                kubectl("apply", "-n", NAMESPACE, "-f", "-", stdin=found.read().replace(
                    "namespace: kubernetes-image-puller-operator", f"namespace: {NAMESPACE}"))
        kubectl("wait", "--for=condition=Established", "crd/kubernetesimagepullers.che.eclipse.org")

    def run(self, limits=None):
        return Running(self, limits)

    def measure(self):
        """Bytes, as of process.memory, of an operator that has just started and become quiet."""
        running = self.run()
        try:
            time.sleep(10)  # 5 s after its start it gives back what it does not need
            process.wait_until_quiet(running.pid)
            return process.memory(running.pid)
        finally:
            running.end()


class Running:
    """One process of the operator; with `limits` (a container's resources.limits) as a kubelet would run it."""

    def __init__(self, operator, limits=None):
        self.place = Root(operator.root, operator.client, NAMESPACE, ACCOUNT)
        self.group = Group("kip-bench", limits) if limits else None
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115  for the life of the process
        self.child = subprocess.Popen([f"/bin/{NAME}", "operator"], preexec_fn=self.enter, stderr=self.log, env={
            "KUBERNETES_SERVICE_HOST": operator.client.host,
            "KUBERNETES_SERVICE_PORT": str(operator.client.port),
            "RELATED_IMAGE_KUBERNETES_IMAGE_PULLER": "registry.invalid/puller:1"})
        self.pid = self.child.pid

    def enter(self):
        if self.group:
            self.group.enter()
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT_DESCRIPTORS, hard))
        self.place.enter()

    def is_alive(self):
        return self.child.poll() is None

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except FileNotFoundError:
            return 0

    def said(self, text):
        """How many lines of its log have this."""
        with open(f"/proc/self/fd/{self.log.fileno()}") as log:
            return sum(text in line for line in log)

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.place.remove()
        if self.group:
            self.group.remove()


def make_namespaces(client, begin, end):
    """As a cluster of many teams has them: each with a ConfigMap and a DaemonSet for no node."""
    labels = {"app": "other"}

    def make(name):
        client.create("/api/v1/namespaces", {"metadata": {"name": name}}, allow=(409,))
        client.create(f"/api/v1/namespaces/{name}/configmaps",
                      {"metadata": {"name": "settings"}, "data": {"text": "x" * 2000}}, allow=(409,))
        client.create(f"/apis/apps/v1/namespaces/{name}/daemonsets", {
            "metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {
                    "nodeSelector": {"bench.example/none": "true"},
                    "containers": [{"name": "agent", "image": "registry.invalid/agent:1"}]}}}}, allow=(409,))
    each(map(TEAM.format, range(begin, end)), make)


def make_resources(client, begin, end):
    each(range(begin, end), lambda i: client.create(RESOURCES.format(TEAM.format(i)), {
        "apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "metadata": {"name": "puller"},
        "spec": {"images": "one=registry.invalid/one:1", "nodeSelectorMap": {"bench.example/none": "true"}}},
        allow=(409,)))


def remove(client, namespaces):
    """With all in them. Waits for their end, so that what is measured next has the machine for itself."""
    names = {NAMESPACE, *map(TEAM.format, range(namespaces))}
    each(names, lambda name: client.delete(f"/api/v1/namespaces/{name}", allow=(404, 409)))
    for kind in ("clusterrole", "clusterrolebinding"):
        kubectl("delete", kind, ACCOUNT, "--ignore-not-found")
    end = time.monotonic() + 900
    while time.monotonic() < end:
        left = names & {item["metadata"]["name"] for item in client.get("/api/v1/namespaces")["items"]}
        if not left:
            return
        time.sleep(2)
    raise RuntimeError(f"{len(left)} of {len(names)} namespaces are still there after 900 s")
