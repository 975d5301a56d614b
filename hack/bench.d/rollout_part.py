"""A roll-out of a new image through a slow registry: how long its pods wait for a pull, with the release gate (`warm`)
before it, and without; and how soon discovery has seen a new template."""
import contextlib
import os
import re
import time

import yaml

from kip import BINARY
from kip.images import REGISTRY, as_setting, make_image
from kip.namespace import Namespace
from kube.shell import run
from kube.wait import wait_until
from pulls_part import slow_registry
from registry_part import pushed_image, running, scratch

SIZE = 30_000_000
WORKLOADS = [
    {"apiGroups": ["apps"], "resources": ["deployments", "replicasets", "statefulsets"], "verbs": ["list", "watch"]},
    {"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": ["list", "watch"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "update"]}]
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class Shop:
    """A DaemonSet of the cluster's own, so that a version is to come to each node."""

    def __init__(self, space):
        self.space = space

    def manifest(self, image):
        labels = {"app": "shop"}
        return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "shop"}, "spec": {
            "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                "terminationGracePeriodSeconds": 0, "volumes": [{"name": "kip", "emptyDir": {}}],
                "initContainers": [self.container("copy", pushed_image(), ["/bin/sleep", "--install", "/kip/sleep"])],
                "containers": [self.container("shop", image, ["/kip/sleep", "720h"])]}}}}

    @staticmethod
    def container(name, image, command):
        return {"name": name, "image": image, "imagePullPolicy": "IfNotPresent", "command": command,
                "volumeMounts": [{"name": "kip", "mountPath": "/kip"}]}

    def seconds_waited(self, image):
        """By all its pods, as their kubelets tell by Events; and from the change until it is everywhere."""
        began = time.monotonic()
        self.space.apply(self.manifest(image))
        wait_until(self.is_everywhere, "the roll-out", timeout=300, poll=0.1)
        took = time.monotonic() - began
        told = wait_until(lambda: self.pulls(image), "the kubelets' Events")
        return sum(told), took

    def is_everywhere(self):
        found = self.space.get("daemonsets", "shop")
        status = found["status"]
        wanted = status.get("desiredNumberScheduled", 0)
        return wanted and status.get("observedGeneration") == found["metadata"]["generation"] and \
            wanted == status.get("updatedNumberScheduled") == status.get("numberReady")

    def pulls(self, image):
        """Seconds of each node's pull; 0 where it had the image. Nothing until each has told."""
        messages = [event["message"] for event in self.space.items("events")
                    if event["reason"] == "Pulled" and f'"{image}"' in event["message"]]
        wanted = self.space.get("daemonsets", "shop")["status"]["desiredNumberScheduled"]
        return [seconds(message) for message in messages] if len(messages) >= wanted else None


def seconds(message):
    found = re.search(r" in ((?:[\d.]+(?:ms|m|s))+) \(", message)
    parts = re.findall(r"([\d.]+)(ms|m|s)", found[1]) if found else []
    return sum(float(number) * UNITS[unit] for number, unit in parts)


@contextlib.contextmanager
def service_with(client, folder, sources):
    """The service in a namespace of its own, and an image everywhere."""
    base = f"{REGISTRY}/bench/base-{os.getpid()}:1"
    make_image(base, size=1024)
    settings = lambda world: world.settings(
        IMAGES=as_setting({"base": base}), NODE_SELECTOR="{}", KIP_IMAGE=pushed_image(), INSECURE_REGISTRIES=REGISTRY,
        CACHING_CPU_REQUEST=".001", CACHING_MEMORY_REQUEST="1Mi", **sources(world))
    with running(client, folder, settings, WORKLOADS) as service:
        service.puller.await_log("every image is on every node")
        yield service


def measure_discovery(table, client, rounds):
    """From a new template of a workload that rolls out, to the image in the DaemonSet."""
    images = [f"{REGISTRY}/bench/found-{i}-{os.getpid()}:1" for i in range(rounds + 1)]
    for image in images:
        make_image(image, size=1024)
    with scratch() as folder, service_with(
            client, folder, lambda world: {"DISCOVER_NAMESPACES": world.namespace}) as service:
        world, times = service.world, []
        world.create_deployment("shop", replicas=1, image=images[0])
        has = lambda image: image in str(world.daemonset()["spec"])
        wait_until(lambda: has(images[0]), "the first image in the DaemonSet", timeout=60)
        for image in images[1:]:
            time.sleep(6)  # so that it does not come in the wake of the one before
            began = time.monotonic()
            world.api.patch(f"{world.apps}/deployments/shop", {"spec": {"template": {"spec": {
                "containers": [{"name": "shop", "image": image}], "nodeSelector": {"kip-faults": "no-such-node"}}}}})
            wait_until(lambda image=image: has(image), "the image in the DaemonSet", timeout=60, poll=0.01)
            times.append((time.monotonic() - began) * 1000)
    table.add_times("discovery: new template → DaemonSet changed", times, 1000)


def measure_roll_out(table, client, rate, delay):
    images = {name: f"bench/shop-{name}-{os.getpid()}:1" for name in ("first", "without", "with")}
    for repository in images.values():
        make_image(f"{REGISTRY}/{repository}", SIZE)
    space = Namespace(restricted=False)
    try:
        with scratch() as folder, slow_registry(folder) as (address, _), service_with(
                client, folder, lambda _: {"RELEASE_GATE": "true"}) as service:
            shop = Shop(space)
            shop.seconds_waited(f"{address}/{images['first']}")
            without, slow = shop.seconds_waited(f"{address}/{images['without']}")
            image = f"{address}/{images['with']}"
            began = time.monotonic()
            run(BINARY, "warm", "-f", "-", "--wait", "--namespace", service.world.namespace, "--name", "cache",
                stdin=yaml.safe_dump(shop.manifest(image)))
            warmed = time.monotonic() - began
            waited, took = shop.seconds_waited(image)
    finally:
        space.remove()
    what = f"{SIZE / 1e6:.0f} MB at {rate / 1e6:.0f} MB/s a connection and {delay * 1000:.0f} ms"
    table.add("roll-out after `warm`: pods wait for pulls", waited, "s", 0, "",
              f"in all; {took:.1f} s until it is everywhere, after {warmed:.1f} s of warm; {what}")
    table.add("the same without: pods wait for pulls", without, "s", None, "", f"{slow:.1f} s until it is everywhere")
