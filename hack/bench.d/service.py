"""The service as its users run it: the image of `make image`, installed with the chart on the local cluster."""
import itertools
import json
import os
import time

from kube.shell import CommandFailed, run

NAMESPACE = "kip-bench"
NAME = "kubernetes-image-puller"
ACCOUNT = "k8s-image-puller"
DAEMONSETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"
DAEMONSET = f"{DAEMONSETS}/{NAME}"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
REGISTRY = "10.88.0.1:5000"
IMAGES = 3


class Service:
    def __init__(self, root, client):
        self.root, self.client = root, client
        self.image = (f"{REGISTRY}/{NAME}-bench", str(os.getpid()) + time.strftime("-%H%M%S"))

    def tool(self, *args):
        return run(os.path.join(self.root, "hack/cluster"), *args)

    def push(self):
        self.tool("push", ":".join(self.image), os.path.join(self.root, "build/image/kubernetes-image-puller.tar"))
        sleep = os.path.join(self.root, "build/release/sleep", os.uname().machine, "sleep")
        for i in range(IMAGES):
            self.tool("import", "--pad", str(1 << 20), f"{REGISTRY}/bench/image{i}:1", sleep)

    def install(self, interval="1", selector=None, replicas=1, more=None):
        images = "".join(f"image{i}={REGISTRY}/bench/image{i}:1;" for i in range(IMAGES))
        settings = {"configMap": {"images": images, "cachingIntervalHours": interval, "nodeSelector": selector or {}},
                    "image": {"repository": self.image[0], "tag": self.image[1]}, **(more or {})}
        run("helm", "upgrade", "--install", NAME, os.path.join(self.root, "deploy/helm"), "-n", NAMESPACE,
            "--create-namespace", *itertools.chain.from_iterable(
                ("--set-json", f"{key}={json.dumps(value)}") for key, value in settings.items()))
        run("kubectl", "-n", NAMESPACE, "scale", f"deployment/{NAME}", f"--replicas={replicas}")
        if replicas:
            run("kubectl", "-n", NAMESPACE, "rollout", "status", f"deployment/{NAME}", "--timeout=120s")

    def remove(self):
        for command in (("helm", "uninstall", NAME, "-n", NAMESPACE, "--wait"),
                        ("kubectl", "delete", "namespace", NAMESPACE, "--timeout=60s")):
            run(*command, check=False, timeout=400)  # it may not be there

    def pods(self, label):
        items = self.client.get(f"{PODS}?labelSelector={label}")["items"]
        return [p for p in items if p["status"].get("phase") == "Running" and "deletionTimestamp" not in p["metadata"]]

    def own_pod(self):
        return self.pods(f"app%3D{NAME}")[0]

    def wait_for_cached(self, seconds=180):
        """Until the DaemonSet's pods are there on all nodes; returns them."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.client.get(DAEMONSET)
            status = (found or {}).get("status", {})
            if status.get("numberReady", 0) == status.get("desiredNumberScheduled", -1) > 0 and \
                    status.get("observedGeneration") == found["metadata"]["generation"]:
                return self.pods("app.kubernetes.io%2Fname%3Dimage-puller")
            time.sleep(0.5)
        raise RuntimeError(f"the DaemonSet's pods are not ready after {seconds} s: {status}")

    def last_words(self):
        """What the service said last, for when a measurement does not come about."""
        try:
            return run("kubectl", "-n", NAMESPACE, "logs", f"deployment/{NAME}", "--tail=15")
        except CommandFailed as error:
            return f"(no log: {error})"
