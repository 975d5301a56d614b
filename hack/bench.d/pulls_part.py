"""20 images of 30 MB on one real node: pulled by the agent, by the kubelet one after another, and downloaded plainly,
which is the floor; from a registry beside it, and through one that is slow."""
import collections
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import resource
import signal
import statistics
import subprocess
import sys
import time

import process
from kip import agent
from kip.images import REGISTRY, make_image, manifest_of
from kip.namespace import Namespace, is_ready
from kube.nodes import ctr
from kube.shell import ROOT, run
from kube.wait import wait_until
from modes_part import processes_of
from registry_part import pushed_image, scratch

IMAGES, SIZE = 20, 30_000_000
NODE = "node1"
SOCKET = f"{agent.SOCKETS}/{NODE}/containerd.sock"
RATE, DELAY = 10_000_000, 0.05  # bytes/s of a connection, seconds before an answer: a registry far away
MIB = 1 << 20
CHUNK = 4 * MIB  # containerd writes a layer in steps of at most this
AGENT = ROOT / "build/image/context-agent/image-root/bin/image-puller-agent"
HERE = pathlib.Path(__file__).parent


class Images:
    """All of one size, each of one layer that no other has."""

    def __init__(self):
        self.repositories = [f"bench/pulled{i}-{os.getpid()}" for i in range(IMAGES)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.digests = list(pool.map(lambda reference: make_image(reference, SIZE), self.at(REGISTRY)))
        self.layers = [json.loads(manifest_of(reference))["layers"][0] for reference in self.at(REGISTRY)]

    def at(self, registry, count=IMAGES):
        return [f"{registry}/{repository}:1" for repository in self.repositories[:count]]

    def blobs(self, registry):
        return [f"http://{registry}/v2/{repository}/blobs/{layer['digest']}"
                for repository, layer in zip(self.repositories, self.layers, strict=True)]

    def take_from_node(self):
        """Waits until nothing of them is left on the node: a container that has ended keeps what was unpacked, and then
        nothing would be fetched."""
        wait_until(lambda: not set(self.repositories) & set(re.findall(r"bench/pulled[\d-]+", ctr(
            NODE, "containers", "ls"))), message="the containers of the images to go")
        lines = [line.split() for line in ctr(NODE, "images", "ls").splitlines()[1:]]
        ours = [words[0] for words in lines if words[2] in self.digests]
        if ours:
            ctr(NODE, "images", "rm", "--sync", *ours)
        layers = {layer["digest"] for layer in self.layers}
        wait_until(lambda: not layers & set(ctr(NODE, "content", "ls", "--quiet").split()),
                   message="the content of the images to be collected", timeout=60)


@contextlib.contextmanager
def slow_registry(folder):
    """Its address, and a function that gives the requests for blobs so far."""
    log = folder / "blobs.log"
    log.touch()
    with subprocess.Popen([sys.executable, HERE / "slow_registry.py", str(RATE), str(DELAY), log],
                          stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child.stdout.readline().strip(), lambda: [json.loads(line) for line in log.read_text().splitlines()]
        finally:
            child.kill()


@dataclasses.dataclass
class Fetched:
    """One run of the agent: seconds, seconds on a CPU, and the largest resident memory in bytes."""
    seconds: float
    cpu: float
    resident: int


def start_agent(references, *flags):
    return subprocess.Popen([AGENT, "fetch", f"--cri-socket={SOCKET}", *flags, *references],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def fetch(references, *flags):
    before, began, resident = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
    with start_agent(references, *flags) as child:
        while child.poll() is None:
            resident = max(resident, process.highest_memory(child.pid))
            time.sleep(0.02)
        said = child.stderr.read()
    if child.returncode != 0:
        raise RuntimeError(f"the agent ended with {child.returncode}: {said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Fetched(time.monotonic() - began, cpu, resident)


def floor(images, registry, threads):
    with scratch() as folder:
        return float(run(sys.executable, HERE / "plain_download.py", threads, folder, *images.blobs(registry),
                         timeout=600))


class Kubelet:
    """Has pods with a container of each image made, which run sleep, as those of the service do."""

    def __init__(self, space):
        self.space, self.count, self.image = space, 0, pushed_image()

    def seconds(self, references):
        """From a pod's creation until it is Ready, less the same with all images there."""
        return self.ready_after(references) - self.ready_after(references)

    def ready_after(self, references):
        self.count += 1
        name = f"pulls{self.count}"
        mounts = {"volumeMounts": [{"name": "kip", "mountPath": "/kip"}]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "nodeName": NODE, "terminationGracePeriodSeconds": 0, "volumes": [{"name": "kip", "emptyDir": {}}],
            "initContainers": [{"name": "copy", "image": self.image, "command": ["/bin/sleep"],
                                "args": ["--install", "/kip/sleep"], **mounts}],
            "containers": [{"name": f"c{i}", "image": reference, "command": ["/kip/sleep", "720h"],
                            "imagePullPolicy": "IfNotPresent", **mounts} for i, reference in enumerate(references)]}}
        self.space.apply(pod)
        began = time.monotonic()
        try:
            wait_until(lambda: (found := self.space.get("pods", name)) and is_ready(found), "the pod to be Ready",
                       timeout=400, poll=0.05)
            return time.monotonic() - began
        finally:
            self.space.kubectl("delete", "pod", name)


def measure(table, _client, quick):
    table.add("size: agent, as shipped", AGENT.stat().st_size, "bytes", 14 * MIB)
    files = AGENT.parent.parent
    table.add("size: image of the agent, uncompressed",
              sum(path.lstat().st_size for path in files.rglob("*") if path.is_file()), "bytes")
    images, space = Images(), Namespace(restricted=False)
    try:
        kubelet = Kubelet(space)
        kubelet.ready_after([kubelet.image])  # so that the node has this one
        with scratch() as folder, slow_registry(folder) as (address, requests):
            table.attempt("pulls from a registry beside the node",
                          lambda: beside(table, images, kubelet, 1 if quick else 3))
            table.attempt("pulls from a slow registry", lambda: far_away(table, images, kubelet, address))
            table.attempt("a pull that is interrupted", lambda: interrupted(table, images, address, requests))
            table.attempt("the agent's pod", lambda: in_a_pod(table, images, space, address, requests))
            table.attempt("pulls with a higher limit of containerd", lambda: unlimited(table, images, address))
        images.take_from_node()
    finally:
        space.remove()


def beside(table, images, kubelet, rounds):
    found = collections.defaultdict(list)
    for _ in range(rounds):
        for who, pull in (("kubelet", kubelet.seconds), ("agent", lambda refs: fetch(refs).seconds)):
            images.take_from_node()
            found[who].append(pull(images.at(REGISTRY)))
        found["floor"].append(floor(images, REGISTRY, 4))
    middle = {who: statistics.median(values) for who, values in found.items()}
    detail = ", ".join(f"{who} {middle[who]:.1f} s" for who in ("agent", "kubelet", "floor"))
    table.add("pulls, registry beside it: agent beside the kubelet", middle["agent"] / middle["kubelet"], "x", 1, "",
              f"{detail}; {rounds} rounds")
    table.add("pulls, registry beside it: agent beside a plain download", middle["agent"] / middle["floor"], "x",
              None, "", "the rest is containerd's: unpacking, its store's commits")


def far_away(table, images, kubelet, address):
    images.take_from_node()
    one_by_one = kubelet.seconds(images.at(address))
    images.take_from_node()
    fetched = fetch(images.at(address))
    table.add("pulls, slow registry: agent beside the kubelet", fetched.seconds / one_by_one, "x", 1 / 2.5, "",
              f"agent {fetched.seconds:.1f} s, kubelet {one_by_one:.1f} s; containerd as it comes")
    table.add("agent: resident while it pulls", fetched.resident, "bytes", 16 * MIB, "", f"{IMAGES} images")
    table.add("agent: CPU while it pulls, of a core", fetched.cpu / fetched.seconds * 100, "%", 1, "",
              f"{fetched.cpu * 1000:.0f} ms in all, its start and the polls of progress included")


def unlimited(table, images, address):
    restart_containerd(f'[plugins."io.containerd.transfer.v1.local"]\nmax_concurrent_downloads = {IMAGES}')
    try:
        images.take_from_node()
        plain = floor(images, address, IMAGES)
        fetched = fetch(images.at(address), f"--parallelism={IMAGES}")
        table.add("pulls, slow registry: agent beside a plain download", fetched.seconds / plain, "x", 1.5, "",
                  f"agent {fetched.seconds:.1f} s, plain {plain:.1f} s; max_concurrent_downloads and "
                  f"--parallelism {IMAGES}")
    finally:
        restart_containerd("")


def restart_containerd(more):
    component = NODE.replace("node", "containerd")
    run(ROOT / "hack/cluster", "stop", component)
    run(ROOT / "hack/cluster", "start", component, env={**os.environ, "KIP_CONTAINERD_CONFIG": more})
    wait_until(lambda: ctr(NODE, "version", check=False).returncode == 0, "containerd to answer")


def interrupted(table, images, address, requests):
    """An agent is killed in the midst of its first four images, and another does the work."""
    images.take_from_node()
    seen, count = len(requests()), 4
    with start_agent(images.at(address, count)) as child:
        time.sleep(SIZE / RATE / 2)
        child.send_signal(signal.SIGKILL)
        child.stderr.read()
    fetch(images.at(address, count))
    asked = collections.defaultdict(list)
    for request in requests()[seen:]:
        asked[request["path"]].append(request)
    twice, again = [], 0
    for layer, repository in list(zip(images.layers, images.repositories, strict=True))[:count]:
        ranges = sorted(asked[f"/v2/{repository}/blobs/{layer['digest']}"], key=lambda r: r["from"])
        twice.append(sum(r["sent"] for r in ranges) - layer["size"])
        again += len(ranges) > 1
    table.add("agent killed and begun anew: bytes of a layer asked for twice", max(twice), "bytes", CHUNK, "",
              f"{again} of {count} layers of {SIZE / 1e6:.0f} MB were under way")


def in_a_pod(table, images, space, address, requests):
    image = f"{REGISTRY}/image-puller-agent-bench:{os.getpid()}"
    run(ROOT / "hack/cluster", "push", image, ROOT / "build/image/image-puller-agent.tar")
    os.environ["KIP_E2E_AGENT_IMAGE"] = image
    space.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "warm"}, "spec": {
        "nodeName": NODE, "restartPolicy": "Never",
        "containers": [{"name": "agent", "image": image, "args": ["--help"]}]}})
    wait_until(lambda: space.get("pods", "warm")["status"].get("phase") == "Succeeded", "its image on the node")
    images.take_from_node()
    seen, count = len(requests()), 4
    manifests = agent.manifests(space, "prefetch", "--no-node-labels")
    daemonset = next(found for found in manifests if found["kind"] == "DaemonSet")
    daemonset["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    space.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "prefetch"},
                 "data": {"images.txt": "\n".join(images.at(address, count))}}, *manifests)
    pod = wait_until(lambda: next(filter(is_ready, space.items("pods", "app=prefetch")), None), "the pod to be Ready",
                     poll=0.02)
    table.add("agent: from the last byte to its pod Ready", time.monotonic() - max(
        request["end"] for request in requests()[seen:]), "s", None, "", "unpacking the last images included")
    table.add("agent: processes of its pod after the pull", len(processes_of(pod)), "", None, "",
              "the sandbox's and a sleep of some KiB")
    commands = [pathlib.Path(f"/proc/{pid}/exe").resolve().name for pid in processes_of(pod)]
    table.add("agent: of them the agent's", commands.count("image-puller-agent"), "", 0)
    table.add("agent: resident after the pull", max(
        process.memory(pid)["Rss"] for pid, name in zip(processes_of(pod), commands, strict=True) if name == "sleep"),
        "bytes", None, "", "what holds the pod")
