"""The operator with a thousand resources, under the limits that it ships with."""
import datetime
import json
import os
import threading
import time

import yaml

import process
from kube import Watch
from operator_memory import ACCOUNT, NAMESPACE, RESOURCES, TEAM

DAEMONSETS = "/apis/apps/v1/namespaces/{}/daemonsets"
USER = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
MEMORY_AT_MOST = 192 << 20  # a quarter of the container's limit is left for what is new
SAMPLE_SECONDS = 0.2  # between two looks at its descriptors and at whether it lives
QUIET_SECONDS = 10    # without a request that something was left to do for; its Lease does not count


def limits(root):
    """resources.limits of the container, as deploy/operator has them."""
    with open(os.path.join(root, "deploy/operator/deployment.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]


class Resources:
    """So many resources of three images each, spread over so many namespaces, for no node."""

    def __init__(self, cluster, count, namespaces):
        self.cluster = cluster
        self.places = [(TEAM.format(i % namespaces), f"list-{i}") for i in range(count)]

    def make(self):
        self.cluster.each(sorted({space for space, _ in self.places}), lambda own, space: own.request(
            "POST", "/api/v1/namespaces", {"metadata": {"name": space}}, allowed=(409,)))
        self.cluster.each(self.places, lambda own, place: own.request("POST", RESOURCES.format(place[0]), {
            "apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "metadata": {"name": place[1]},
            "spec": {"daemonsetName": place[1], "nodeSelectorMap": {"bench.example/none": "true"}, "imageList": [
                {"name": f"image-{j}", "image": f"registry.invalid/team/project/image-{j}:1.2.3"} for j in range(3)]}}))

    def delete_daemonsets(self, step):
        """Of every so many-th resource: what is missing at the operator's next start."""
        self.cluster.each(self.places[::step], lambda own, place: own.request(
            "DELETE", f"{DAEMONSETS.format(place[0])}/{place[1]}?propagationPolicy=Background", allowed=(404,)))
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
            self.resident = max(self.resident, resident_at_most(self.running.pid))

    def close(self):
        self.closed.set()
        self.thread.join()


def resident_at_most(pid):
    """Bytes, since the start of the process."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def seconds_until_made(cluster, sampler, count, limit):
    """Until so many DaemonSets of the operator were made, and how many were."""
    watch, made = Watch(cluster, "/apis/apps/v1/daemonsets"), 0
    sampler_began = sampler.began
    try:
        made = sum(is_ours(item) for item in watch.items)
        while made < count:
            if sampler.died_after is not None or time.monotonic() - sampler_began > limit:
                return made, time.monotonic() - sampler_began
            try:
                _, item = watch.next("ADDED", 1)
                made += is_ours(item)
            except RuntimeError:
                pass  # none in a second
        return made, time.monotonic() - sampler_began
    finally:
        watch.close()


def is_ours(daemonset):
    return daemonset["metadata"]["name"].startswith("list-") and "deletionTimestamp" not in daemonset["metadata"]


class Requests:
    """The operator's requests in the audit log, from now on, except those for its Lease and watches that go on."""

    def __init__(self, path):
        self.path, self.offset = path, os.path.getsize(path)
        self.began, self.count, self.last = time.time(), 0, 0.0

    def read(self):
        with open(self.path, "rb") as log:
            log.seek(self.offset)
            for line in log:
                if not line.endswith(b"\n"):
                    break  # being written
                self.offset += len(line)
                event = json.loads(line)
                if event["user"]["username"] != USER or event["verb"] == "watch" or "/leases/" in event["requestURI"]:
                    continue
                self.count += 1
                self.last = datetime.datetime.fromisoformat(event["stageTimestamp"].replace("Z", "+00:00")).timestamp()

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
