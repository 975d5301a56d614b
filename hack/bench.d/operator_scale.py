"""The operator with a thousand resources, under the limits that it ships with."""
import datetime
import os
import threading
import time

import yaml

import process
from kube.audit import AuditLog
from kube.client import each
from kube.watch import Watch
from operator_memory import ACCOUNT, NAMESPACE, RESOURCES, TEAM

DAEMONSETS = "/apis/apps/v1/namespaces/{}/daemonsets"
MEMORY_AT_MOST = 192 << 20  # a quarter of the container's limit is left for what is new
SAMPLE_SECONDS = 0.2  # between two looks at its descriptors and at whether it lives
QUIET_SECONDS = 10    # without a request that something was left to do for; its Lease does not count


def limits(root):
    """resources.limits of the container, as deploy/operator has them."""
    with open(os.path.join(root, "deploy/operator/deployment.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]


class Resources:
    """So many resources of three images each, spread over so many namespaces, for no node."""

    def __init__(self, client, count, namespaces):
        self.client = client
        self.places = [(TEAM.format(i % namespaces), f"list-{i}") for i in range(count)]

    def make(self):
        each(sorted({space for space, _ in self.places}), lambda space: self.client.create(
            "/api/v1/namespaces", {"metadata": {"name": space}}, allow=(409,)))
        each(self.places, lambda place: self.client.create(RESOURCES.format(place[0]), {
            "apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "metadata": {"name": place[1]},
            "spec": {"daemonsetName": place[1], "nodeSelectorMap": {"bench.example/none": "true"}, "imageList": [
                {"name": f"image-{j}", "image": f"registry.invalid/team/project/image-{j}:1.2.3"} for j in range(3)]}}))

    def delete_daemonsets(self, step):
        """Of every so many-th resource: what is missing at the operator's next start."""
        each(self.places[::step], lambda place: self.client.delete(
            f"{DAEMONSETS.format(place[0])}/{place[1]}", propagationPolicy="Background"))
        return len(self.places[::step])


class Sampler:
    """Looks at a running operator until it is closed: the most descriptors that it had, and whether it died."""

    def __init__(self, running):
        self.running, self.descriptors, self.died_after, self.resident = running, 0, None, 0
        self.began, self.closed = time.monotonic(), threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.closed.wait(SAMPLE_SECONDS):
            if not self.running.is_alive():
                self.died_after = time.monotonic() - self.began
                return
            self.descriptors = max(self.descriptors, self.running.descriptors())
            self.resident = max(self.resident, process.highest_memory(self.running.pid))

    def close(self):
        self.closed.set()
        self.thread.join()


def seconds_until_made(client, sampler, count, limit):
    """Until so many DaemonSets of the operator were made, and how many were."""
    made = 0
    with Watch(client, "/apis/apps/v1/daemonsets") as watch:
        while made < count and sampler.died_after is None and time.monotonic() - sampler.began <= limit:
            event = watch.take(1)
            made += event is not None and event.type == "ADDED" and is_ours(event.object)
        return made, time.monotonic() - sampler.began


def is_ours(daemonset):
    return daemonset["metadata"]["name"].startswith("list-") and "deletionTimestamp" not in daemonset["metadata"]


class Requests:
    """The operator's requests in the audit log, from now on, except those for its Lease and watches that go on."""

    def __init__(self):
        self.audit = AuditLog(NAMESPACE, ACCOUNT, from_now=True)
        self.began, self.count, self.last = time.time(), 0, 0.0

    def read(self):
        found = [request["stageTimestamp"] for request in self.audit.read()
                 if request["verb"] != "watch" and "/leases/" not in request["requestURI"]]
        self.count = len(found)
        if found:
            self.last = datetime.datetime.fromisoformat(found[-1].replace("Z", "+00:00")).timestamp()

    def seconds_until_quiet(self, sampler, limit):
        """From the start to the last request before the first pause; so long that nothing was left to do."""
        while time.time() - self.began < limit and sampler.died_after is None:
            time.sleep(1)
            self.read()
            if time.time() - max(self.last, self.began) > QUIET_SECONDS and self.last:
                return self.last - self.began
        raise RuntimeError(f"not quiet after {time.time() - self.began:.0f} s and {self.count} requests"
                           + (f"; it died after {sampler.died_after:.0f} s" if sampler.died_after else ""))


def settle(running):
    """Until it gave back what it does not need, 5 s after it had nothing to do."""
    time.sleep(10)
    process.wait_until_quiet(running.pid)
