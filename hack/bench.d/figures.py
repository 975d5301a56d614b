"""The figures. Each function measures one thing and returns numbers; hack/bench sets them beside their limits."""
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import time

import process
from kube import Watch, run
from service import ACCOUNT, DAEMONSET, DAEMONSETS, NAME, NAMESPACE, PODS

NOWHERE = {"bench.example/none": "true"}  # a DaemonSet for no node: what is measured is the service, not the kubelet


def sizes(root):
    files = os.path.join(root, "build/image/context/image-root")
    image = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(files) for name in names)
    return {"service": os.path.getsize(f"{files}/bin/{NAME}"), "sleep": os.path.getsize(f"{files}/bin/sleep"),
            "image": image}


def audited(path, begin):
    """Requests of the service since this offset of the audit log: (watches, others). A watch counts when it ends."""
    user = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
    watches, others = 0, []
    with open(path, "rb") as log:
        log.seek(begin)
        for line in log:
            if not line.endswith(b"\n"):
                break  # being written
            event = json.loads(line)
            if event["user"]["username"] != user:
                continue
            if event["verb"] == "watch":
                watches += event["stage"] == "ResponseComplete"
            elif event["stage"] == "ResponseComplete":
                others.append(f"{event['verb']} {event['requestURI']}")
    return watches, others


def idle(pid, seconds, audit_log):
    """CPU seconds, watches renewed and other requests of this many seconds in which nothing happens."""
    begin, cpu = os.path.getsize(audit_log), process.cpu_seconds(pid)
    time.sleep(seconds)
    used = process.cpu_seconds(pid) - cpu
    time.sleep(1)  # the audit log is written behind
    watches, others = audited(audit_log, begin)
    return used, watches, others


def send_events(cluster, count):
    """Changes an annotation of the DaemonSet's metadata, which is nobody's business, this many times."""
    began = time.monotonic()
    for i in range(count):
        cluster.patch(DAEMONSET, {"metadata": {"annotations": {"bench.example/count": str(i)}}})
    cluster.patch(DAEMONSET, {"metadata": {"annotations": {"bench.example/count": None}}})
    return time.monotonic() - began


def made_again(cluster, rounds):
    """Milliseconds from DELETED to ADDED of the DaemonSet, both as they arrive at a watch."""
    watch, found = Watch(cluster, DAEMONSETS, NAME), []
    for _ in range(rounds):
        cluster.request("DELETE", f"{DAEMONSET}?propagationPolicy=Background")
        deleted, _ = watch.next("DELETED")
        added, _ = watch.next("ADDED")
        found.append((added - deleted) * 1000)
        time.sleep(0.1)  # the service reads the answer of its POST, too
    watch.close()
    return found


class Root:
    """An empty root with the service's binary and what a kubelet mounts into a pod of this account."""

    def __init__(self, root, cluster, namespace=NAMESPACE, name=ACCOUNT):
        self.path = tempfile.mkdtemp(prefix="kip-bench.")
        shutil.copytree(os.path.join(root, "build/image/context/image-root"), self.path, dirs_exist_ok=True)
        account = f"{self.path}/var/run/secrets/kubernetes.io/serviceaccount"
        os.makedirs(account)
        token = run("kubectl", "-n", namespace, "create", "token", name)
        for part, content in (("token", token.encode()), ("ca.crt", cluster.ca), ("namespace", namespace.encode())):
            with open(f"{account}/{part}", "wb") as file:
                file.write(content)

    def enter(self):
        os.chroot(self.path)
        os.chdir("/")

    def remove(self):
        shutil.rmtree(self.path)


def starts(root, cluster, rounds):
    """Milliseconds from exec to the DaemonSet's ADDED, as it arrives at a watch that was there before. The Deployment
    has no replicas, so this is the only service."""
    settings = cluster.request("GET", f"/api/v1/namespaces/{NAMESPACE}/configmaps/{ACCOUNT}")["data"]
    environment = {**settings, "DEPLOYMENT_NAME": NAME, "KUBERNETES_SERVICE_HOST": cluster.address.hostname,
                   "KUBERNETES_SERVICE_PORT": str(cluster.address.port or 443)}
    watch, found, place = Watch(cluster, DAEMONSETS, NAME), [], Root(root, cluster)
    try:
        for _ in range(rounds):
            if cluster.request("DELETE", f"{DAEMONSET}?propagationPolicy=Background", allowed=(404,)):
                watch.next("DELETED")
            began = time.monotonic()
            child = subprocess.Popen([f"/bin/{NAME}"], env=environment, preexec_fn=place.enter,
                                     stderr=subprocess.DEVNULL)
            try:
                added, _ = watch.next("ADDED")
            finally:
                child.send_signal(signal.SIGKILL)
                child.wait()
            found.append((added - began) * 1000)
    finally:
        watch.close()
        place.remove()
    return found


def is_serving(pod):
    conditions = {c["type"]: c["status"] for c in pod.get("status", {}).get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def gap_at_refresh(cluster, nodes, refreshes, limit):
    """Seconds without a ready pod, node → sum, over so many refreshes of all nodes. Call while all are ready."""
    watch = Watch(cluster, PODS)
    serving = {node: set() for node in nodes}
    since, gaps, new = {}, dict.fromkeys(nodes, 0.0), dict.fromkeys(nodes, 0)

    def note(now, kind, pod):
        node, uid = pod["spec"].get("nodeName"), pod["metadata"]["uid"]
        if node not in serving or pod["metadata"].get("labels", {}).get("test") != "daemonset-test":
            return
        if kind != "DELETED" and is_serving(pod):
            new[node] += uid not in serving[node]
            serving[node].add(uid)
            if node in since:
                gaps[node] += now - since.pop(node)
        else:
            serving[node].discard(uid)
            if not serving[node]:
                since.setdefault(node, now)

    for pod in watch.items:
        note(0, "ADDED", pod)
    new = dict.fromkeys(nodes, 0)
    end = time.monotonic() + limit
    while min(new.values()) < refreshes or since:
        if time.monotonic() > end:
            raise RuntimeError(f"no refresh of all nodes in {limit} s")
        try:
            note(*watch.events.get(timeout=1))
        except queue.Empty:
            pass
    watch.close()
    return gaps
