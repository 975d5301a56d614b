"""The figures. Each function measures one thing and returns numbers; hack/bench sets them beside their limits."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

import process
from kube.audit import AuditLog
from kube.shell import kubectl
from kube.watch import Watch
from service import ACCOUNT, DAEMONSET, DAEMONSETS, NAME, NAMESPACE, PODS

IMAGE_ROOT = "build/image/context-service/image-root"  # of the checkout: what is in the image
NOWHERE = {"bench.example/none": "true"}  # a DaemonSet for no node: what is measured is the service, not the kubelet


def sizes(root):
    files = os.path.join(root, IMAGE_ROOT)
    image = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(files) for name in names)
    return {"service": os.path.getsize(f"{files}/bin/{NAME}"), "sleep": os.path.getsize(f"{files}/bin/sleep"),
            "image": image}


def idle(pid, seconds):
    """CPU seconds, watches renewed and other requests of this many seconds in which nothing happens. A watch counts
    when it ends."""
    audit, cpu = AuditLog(NAMESPACE, ACCOUNT, from_now=True), process.cpu_seconds(pid)
    time.sleep(seconds)
    used = process.cpu_seconds(pid) - cpu
    time.sleep(1)  # the audit log is written behind
    ended = [request for request in audit.read() if request["stage"] == "ResponseComplete"]
    others = [f"{request['verb']} {request['requestURI']}" for request in ended if request["verb"] != "watch"]
    return used, len(ended) - len(others), others


def send_events(client, count):
    """Changes an annotation of the DaemonSet's metadata, which is nobody's business, this many times."""
    began = time.monotonic()
    for i in range(count):
        client.patch(DAEMONSET, {"metadata": {"annotations": {"bench.example/count": str(i)}}})
    client.patch(DAEMONSET, {"metadata": {"annotations": {"bench.example/count": None}}})
    return time.monotonic() - began


def daemonset_watch(client):
    return Watch(client, DAEMONSETS, fieldSelector=f"metadata.name={NAME}")


def made_again(client, rounds):
    """Milliseconds from DELETED to ADDED of the DaemonSet, both as they arrive at a watch."""
    found = []
    with daemonset_watch(client) as watch:
        for _ in range(rounds):
            client.delete(DAEMONSET, propagationPolicy="Background")
            deleted, added = watch.next("DELETED"), watch.next("ADDED")
            found.append((added.time - deleted.time) * 1000)
            time.sleep(0.1)  # the service reads the answer of its POST, too
    return found


class Root:
    """An empty root with the service's binary and what a kubelet mounts into a pod of this account."""

    def __init__(self, root, client, namespace=NAMESPACE, name=ACCOUNT):
        self.path = tempfile.mkdtemp(prefix="kip-bench.")
        shutil.copytree(os.path.join(root, IMAGE_ROOT), self.path, dirs_exist_ok=True)
        account = f"{self.path}/var/run/secrets/kubernetes.io/serviceaccount"
        os.makedirs(account)
        token = kubectl("-n", namespace, "create", "token", name)
        for part, content in (("token", token.encode()), ("ca.crt", client.ca), ("namespace", namespace.encode())):
            with open(f"{account}/{part}", "wb") as file:
                file.write(content)

    def enter(self):
        os.chroot(self.path)
        os.chdir("/")

    def remove(self):
        shutil.rmtree(self.path)


def starts(root, client, rounds):
    """Milliseconds from exec to the DaemonSet's ADDED, as it arrives at a watch that was there before. The Deployment
    has no replicas, so this is the only service."""
    settings = client.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps/{ACCOUNT}")["data"]
    environment = {**settings, "DEPLOYMENT_NAME": NAME, "KUBERNETES_SERVICE_HOST": client.host,
                   "KUBERNETES_SERVICE_PORT": str(client.port)}
    watch, found, place = daemonset_watch(client), [], Root(root, client)
    try:
        for _ in range(rounds):
            if client.delete(DAEMONSET, propagationPolicy="Background"):
                watch.next("DELETED")
            began = time.monotonic()
            child = subprocess.Popen([f"/bin/{NAME}"], env=environment, preexec_fn=place.enter,
                                     stderr=subprocess.DEVNULL)
            try:
                added = watch.next("ADDED")
            finally:
                child.send_signal(signal.SIGKILL)
                child.wait()
            found.append((added.time - began) * 1000)
    finally:
        watch.close()
        place.remove()
    return found


def is_serving(pod):
    conditions = {c["type"]: c["status"] for c in pod.get("status", {}).get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def gap_at_refresh(client, nodes, refreshes, limit):
    """Seconds without a ready pod, node → sum, over so many refreshes of all nodes. Call while all are ready."""
    watch = Watch(client, PODS)
    serving = {node: set() for node in nodes}
    since, gaps, new = {}, dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0)

    def note(event):
        pod, uid = event.object, event.uid
        node = pod["spec"].get("nodeName")
        if node not in serving or pod["metadata"].get("labels", {}).get("test") != "daemonset-test":
            return
        if event.type != "DELETED" and is_serving(pod):
            new[node] += uid not in serving[node]
            serving[node].add(uid)
            if node in since:
                gaps[node] += event.time - since.pop(node)
        else:
            serving[node].discard(uid)
            if not serving[node]:
                since.setdefault(node, event.time)

    for event in list(watch.events):
        note(event)
    new = dict.fromkeys(nodes, 0)
    end = time.monotonic() + limit
    while min(new.values()) < refreshes or since:
        if time.monotonic() > end:
            raise RuntimeError(f"no refresh of all nodes in {limit} s")
        if event := watch.take(1):
            note(event)
    watch.close()
    return gaps
