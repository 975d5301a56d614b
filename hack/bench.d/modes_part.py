"""What the ways to hold images (CACHE_MODE) cost one real node."""
import os
import time

import process
from cgroup import cores, size
from kip.images import REGISTRY, as_setting, make_image
from kube.client import path_of
from kube.nodes import ctr
from kube.wait import wait_until
from registry_part import pushed_image, running, scratch

MODES = ("sleep", "pin", "volume")
IMAGES = 20
NODE = "node1"
KIB = 1 << 10


def processes_of(pod):
    """Ids of all processes of this pod on its node, that of its sandbox included."""
    found = []
    for line in ctr(pod["spec"]["nodeName"], "task", "ls").splitlines()[1:]:
        _, pid, state = line.split()
        try:
            with open(f"/proc/{pid}/cgroup", encoding="utf-8") as groups:
                if state == "RUNNING" and pod["metadata"]["uid"] in groups.read().replace("_", "-"):
                    found.append(int(pid))
        except FileNotFoundError:
            pass  # ended meanwhile
    return found


def reservation(pod, resource, number):
    """What the scheduler sets aside for the pod: for all containers at once, or for the largest init container."""
    asked = lambda containers: [number(c.get("resources", {}).get("requests", {}).get(resource, "0"))
                                for c in containers]
    spec = pod["spec"]
    return max([sum(asked(spec["containers"])), *asked(spec.get("initContainers", []))])


def make_quota(world):
    """A quota that refuses nothing, and counts."""
    path = path_of("resourcequotas", world.namespace)
    most = {"requests.cpu": "100", "requests.memory": "100Gi", "limits.cpu": "100", "limits.memory": "100Gi"}
    world.api.create(path, {"metadata": {"name": "counts"}, "spec": {"hard": most}})
    used = lambda: world.api.get(f"{path}/counts").get("status", {}).get("used")
    wait_until(used, message="the quota to count")
    return used


def warm_pod(service):
    """The pod on the node, when it is Ready; else nothing."""
    for pod in service.world.pods():
        conditions = {c["type"]: c["status"] for c in pod.get("status", {}).get("conditions", [])}
        if conditions.get("Ready") == "True":
            return pod
    return None


def seconds_to_warm(service):
    made = wait_until(service.world.daemonset, poll=0.05) and time.monotonic()
    pod = wait_until(lambda: warm_pod(service), lambda: service.puller.log[-3000:], poll=0.05)
    return pod, time.monotonic() - made


def measure(table, client, mode):
    images = {f"image{i}": f"{REGISTRY}/bench/mode-{mode}{i}-{os.getpid()}:1" for i in range(IMAGES)}
    for reference in images.values():
        make_image(reference, size=KIB)
    image, quota = pushed_image(), {}

    def settings(world):
        quota["used"] = make_quota(world)
        return world.settings(IMAGES=as_setting(images), NODE_SELECTOR=f'{{"kubernetes.io/hostname": "{NODE}"}}',
                              KIP_IMAGE=image, INSECURE_REGISTRIES=REGISTRY, CACHE_MODE=mode)

    with scratch() as folder, running(client, folder, settings) as service:
        pod, seconds = seconds_to_warm(service)
        if (len(pod["spec"]["containers"]) == IMAGES) != (mode == "sleep"):
            raise RuntimeError("this service does not know CACHE_MODE")
        rollups = [process.memory(pid) for pid in processes_of(pod)]
        used = quota["used"]()
        add = lambda figure, value, unit, detail="": table.add(
            f"{mode}, {IMAGES} images: {figure}", value, unit, None, "", detail)
        add("processes of the pod", len(rollups), "", "the sandbox's included")
        add("memory of its processes", sum(r["Rss"] for r in rollups), "bytes",
            f"resident; {sum(r['Pss'] for r in rollups) / KIB:.0f} KiB where shared pages count once")
        add("reservation, CPU", round(reservation(pod, "cpu", cores) * 1000), "m")
        add("reservation, memory", reservation(pod, "memory", size), "bytes")
        add("quota used, memory requests", size(used["requests.memory"]), "bytes",
            ", ".join(f"{name} {amount}" for name, amount in sorted(used.items())))
        add("DaemonSet made → Ready", seconds, "s", "images of 1 KiB, none on the node before")
