"""The operator's memory, in a small cluster and in one of thousands of namespaces."""
import os
import re
import signal
import subprocess
import tempfile
import time

import process
from figures import Root
from kube import run
from service import NAME

NAMESPACE = "kip-bench-operator"
RESOURCES = "/apis/che.eclipse.org/v1alpha1/namespaces/{}/kubernetesimagepullers"


class Operator:
    """The binary in an empty root, with the account and the rights of deploy/operator."""

    def __init__(self, root, cluster):
        self.root, self.cluster = root, cluster
        for file in ("crd.yaml", "rbac.yaml"):
            text = open(os.path.join(root, "deploy/operator", file)).read()
            self.apply(re.sub(r"namespace: kubernetes-image-puller-operator", f"namespace: {NAMESPACE}", text))
        run("kubectl", "wait", "--for=condition=Established", "crd/kubernetesimagepullers.che.eclipse.org")

    def apply(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            run("kubectl", "apply", "-n", NAMESPACE, "-f", file.name)

    def start(self):
        self.place = Root(self.root, self.cluster, NAMESPACE, "kubernetes-image-puller-operator")
        self.child = subprocess.Popen([f"/bin/{NAME}", "operator"], preexec_fn=self.place.enter,
                                      stderr=subprocess.DEVNULL, env={
                                          "KUBERNETES_SERVICE_HOST": self.cluster.address.hostname,
                                          "KUBERNETES_SERVICE_PORT": str(self.cluster.address.port or 443)})

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(10)
        self.place.remove()

    def memory(self):
        """Once it is quiet, and has given back what it does not need (5 s after its start)."""
        time.sleep(7)
        process.wait_until_quiet(self.child.pid)
        return process.memory(self.child.pid)


def make_namespaces(cluster, count):
    """As a cluster of many teams has them: each with a ConfigMap and a DaemonSet for no node."""
    labels = {"app": "other"}
    for i in range(count):
        name = f"kip-bench-team-{i}"
        cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}}, allowed=(409,))
        cluster.request("POST", f"/api/v1/namespaces/{name}/configmaps",
                        {"metadata": {"name": "settings"}, "data": {"text": "x" * 2000}}, allowed=(409,))
        cluster.request("POST", f"/apis/apps/v1/namespaces/{name}/daemonsets", {
            "metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {
                    "nodeSelector": {"bench.example/none": "true"},
                    "containers": [{"name": "agent", "image": "registry.invalid/agent:1"}]}}}}, allowed=(409,))


def make_resource(cluster, namespace):
    cluster.request("POST", RESOURCES.format(namespace), {
        "apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "metadata": {"name": "puller"},
        "spec": {"images": "one=registry.invalid/one:1", "nodeSelectorMap": {"bench.example/none": "true"}}},
        allowed=(409,))
