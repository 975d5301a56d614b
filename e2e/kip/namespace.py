"""A namespace of one test, and the puller in it."""
import json
import os
import urllib.parse
import uuid

import yaml

from kip import chart
from kube import client
from kube.client import path_of
from kube.shell import CHART, helm, kubectl
from kube.wait import wait_until
from kube.watch import Watch

NAME = "kubernetes-image-puller"  # of release, Deployment and DaemonSet
CONFIGMAP = ACCOUNT = "k8s-image-puller"
POD_LABELS = "app.kubernetes.io/name=image-puller,test=daemonset-test"
FIRST_PULL = "che.eclipse.org/image-puller-first-pull"  # on a DaemonSet that has not its images yet
KINDS = ("daemonsets", "deployments", "replicasets", "controllerrevisions", "pods", "configmaps", "secrets",
         "serviceaccounts", "roles", "rolebindings")
OF_EVERY_NAMESPACE = [("configmaps", "kube-root-ca.crt"), ("serviceaccounts", "default")]
SMALL = {"cachingCpuRequest": ".001", "cachingMemoryRequest": "1Mi"}  # so that many pods fit on small nodes


def is_ready(pod):
    """Whether the pod runs, all its containers too, and it is not about to go."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", []))


class Namespace:
    """Made at once; `remove` does not wait for its end. Pod Security "restricted" is enforced unless told otherwise."""

    def __init__(self, restricted=True):
        self.name = f"kip-e2e-{uuid.uuid4().hex[:8]}"
        labels = {"kip-e2e": "yes"}
        if restricted:
            labels["pod-security.kubernetes.io/enforce"] = "restricted"
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": labels}})

    def remove(self):
        kubectl("delete", "namespace", self.name, "--wait=false", "--ignore-not-found")

    def kubectl(self, *args, **options):
        return kubectl("-n", self.name, *args, **options)

    def get(self, resource, name):
        """The object, or None: get("pods", "one")."""
        return client.current().get(path_of(resource, self.name, name))

    def items(self, resource, labels=""):
        """Those of a collection that a label selector matches."""
        query = urllib.parse.urlencode({"labelSelector": labels})
        return client.current().get(f"{path_of(resource, self.name)}?{query}")["items"]

    def watch(self, resource, labels=""):
        return Watch(client.current(), path_of(resource, self.name), labelSelector=labels)

    def left(self):
        """What an install could leave behind, without what every namespace has: (resource, name)."""
        names = [(resource, found["metadata"]["name"]) for resource in KINDS for found in self.items(resource)]
        return [each for each in names if each not in OF_EVERY_NAMESPACE]

    def create_pull_secret(self, name):
        """Of the private registry."""
        self.kubectl("create", "secret", "docker-registry", name,
                     f"--docker-server={os.environ['KIP_E2E_PRIVATE_REGISTRY']}",
                     f"--docker-username={os.environ['KIP_E2E_REGISTRY_USER']}",
                     f"--docker-password={os.environ['KIP_E2E_REGISTRY_PASSWORD']}")

    def apply(self, *objects):
        """Creates these objects, or changes them to this."""
        kubectl("apply", "-n", self.name, "-f", "-",
                stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    # The puller.

    @staticmethod
    def values(settings, parts):
        """The chart's values for the image under test: settings go to configMap, parts beside it."""
        image = chart.image_values(os.environ["KIP_E2E_IMAGE"])
        return {"image": image, **parts, "configMap": {**SMALL, **settings}}

    def install(self, settings, release=NAME, **parts):
        """helm install (or upgrade) with the image under test, and with these values of configMap. Does not wait."""
        chart.upgrade(self, release, CHART, self.values(settings, parts))

    def template(self, settings, release=NAME, **parts):
        """The objects that `install` would make."""
        version = client.current().get("/version")["gitVersion"]  # else helm takes some old one
        text = helm("template", release, CHART, "-n", self.name, "--kube-version", version, "--skip-tests", "-f", "-",
                    stdin=json.dumps(self.values(settings, parts)))
        return [found for found in yaml.safe_load_all(text) if found]

    def change_settings(self, **variables):
        """Edits the ConfigMap in place; None takes a variable away."""
        self.kubectl("patch", "configmap", CONFIGMAP, "--type=merge", "-p", json.dumps({"data": variables}))

    def daemonset(self):
        return self.get("daemonsets", NAME)

    def deployment(self):
        return self.get("deployments", NAME)

    def pods(self):
        """The pods of the DaemonSet."""
        return self.items("pods", POD_LABELS)

    def puller_pods(self):
        return self.items("pods", f"app={NAME}")

    def puller_logs(self):
        """All that the puller said: of each of its pods, and of a container before its restart."""
        text = ""
        for pod in self.puller_pods():
            for status in pod["status"].get("containerStatuses", []):
                for previous in ("true", "false") if status["restartCount"] else ("false",):
                    path = path_of("pods", self.name, pod["metadata"]["name"])
                    code, said = client.current().request("GET", f"{path}/log?previous={previous}")
                    text += said if code == 200 else ""  # a container that has not begun has none
        return text

    # Waiting for it.

    def wait_for_log(self, *parts, **options):
        """The log's first line that holds all these texts."""
        def line():
            logs = self.puller_logs()
            found = next((line for line in logs.splitlines() if all(part in line for part in parts)), None)
            assert found, logs
            return found
        return wait_until(line, message=f"a line of the log with {parts}", **options)

    def wait_for_daemonset(self, predicate=lambda _: True, message="the DaemonSet", **options):
        """The DaemonSet, once it is there with its images, is not being deleted, and the predicate holds."""
        def good():
            found = self.daemonset()
            if not found or "deletionTimestamp" in found["metadata"]:
                return None
            return found if FIRST_PULL not in found["metadata"].get("annotations", {}) and predicate(found) else None
        return wait_until(good, message=message, **options)

    def wait_until_ready(self, nodes, images=None, **options):
        """Waits for one Ready pod, and no other, on each of these nodes; with images, one that has just these
        (name → reference). Returns the DaemonSet's pods."""
        def ready():
            pods = self.pods()
            on = sorted(pod["spec"].get("nodeName", "") for pod in pods if is_ready(pod))
            assert on == sorted(nodes) and len(pods) == len(nodes), [
                (p["spec"].get("nodeName"), p["status"].get("containerStatuses") or p["status"]) for p in pods]
            for pod in pods:
                has = {c["name"]: c["image"] for c in pod["spec"]["containers"]}
                assert images is None or has == images, has
            return pods
        return wait_until(ready, message=f"one Ready pod on each of {nodes}", **options)
