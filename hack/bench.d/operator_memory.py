"""The operator's memory, in a small cluster and in one of thousands of namespaces."""
import os
import signal
import subprocess
import tempfile
import time

import process
from figures import Root
from kube import run
from service import NAME

NAMESPACE = "kip-bench-operator"
TEAM = "kip-bench-team-{}"
RESOURCES = "/apis/che.eclipse.org/v1alpha1/namespaces/{}/kubernetesimagepullers"


class Operator:
    """The binary in an empty root, with the account and the rights of deploy/operator."""

    def __init__(self, root, cluster):
        self.root, self.cluster = root, cluster
        cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}}, allowed=(409,))
        for file in ("crd.yaml", "rbac.yaml"):
            with open(os.path.join(root, "deploy/operator", file)) as found:
                self.apply(found.read().replace("namespace: kubernetes-image-puller-operator",
                                                f"namespace: {NAMESPACE}"))
        run("kubectl", "wait", "--for=condition=Established", "crd/kubernetesimagepullers.che.eclipse.org")

    @staticmethod
    def apply(text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            run("kubectl", "apply", "-n", NAMESPACE, "-f", file.name)

    def measure(self):
        """Bytes, as of process.memory, of an operator that has just started and become quiet."""
        place = Root(self.root, self.cluster, NAMESPACE, "kubernetes-image-puller-operator")
        child = subprocess.Popen([f"/bin/{NAME}", "operator"], preexec_fn=place.enter, stderr=subprocess.DEVNULL, env={
            "KUBERNETES_SERVICE_HOST": self.cluster.address.hostname,
            "KUBERNETES_SERVICE_PORT": str(self.cluster.address.port or 443)})
        try:
            time.sleep(10)  # 5 s after its start it gives back what it does not need
            process.wait_until_quiet(child.pid)
            return process.memory(child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(10)
            place.remove()


def make_namespaces(cluster, begin, end):
    """As a cluster of many teams has them: each with a ConfigMap and a DaemonSet for no node."""
    labels = {"app": "other"}
    for name in map(TEAM.format, range(begin, end)):
        cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}}, allowed=(409,))
        cluster.request("POST", f"/api/v1/namespaces/{name}/configmaps",
                        {"metadata": {"name": "settings"}, "data": {"text": "x" * 2000}}, allowed=(409,))
        cluster.request("POST", f"/apis/apps/v1/namespaces/{name}/daemonsets", {
            "metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {
                    "nodeSelector": {"bench.example/none": "true"},
                    "containers": [{"name": "agent", "image": "registry.invalid/agent:1"}]}}}}, allowed=(409,))


def make_resources(cluster, begin, end):
    for i in range(begin, end):
        cluster.request("POST", RESOURCES.format(TEAM.format(i)), {
            "apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "metadata": {"name": "puller"},
            "spec": {"images": "one=registry.invalid/one:1", "nodeSelectorMap": {"bench.example/none": "true"}}},
            allowed=(409,))


def remove(cluster, namespaces):
    """Does not wait for their end."""
    for name in [NAMESPACE, *map(TEAM.format, range(namespaces))]:
        cluster.request("DELETE", f"/api/v1/namespaces/{name}", allowed=(404, 409))
    for kind in ("clusterrole", "clusterrolebinding"):
        run("kubectl", "delete", kind, "kubernetes-image-puller-operator", "--ignore-not-found")
