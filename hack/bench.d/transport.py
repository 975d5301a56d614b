"""The way to the API server, as users have it: on a host, where there is a system's bundle of CAs, and in the image's
empty root; with a client certificate and with a token. Each beside a bare client that sends the same requests."""
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from figures import Root, daemonset_watch
from kube.shell import kubectl, run
from service import ACCOUNT, DAEMONSET, DAEMONSETS, NAME, NAMESPACE

HERE = os.path.dirname(os.path.realpath(__file__))
BUNDLE = re.compile(r'openat\(.*"[^"]*(ca-certificates|ca-bundle|/ssl/cert|/certs/)[^"]*"')
CONNECTED = re.compile(r"connect\(.*sa_family=AF_INET6?,")


class Way:
    """One place and one kind of credentials: how the service is begun there, and a kubeconfig for the bare client."""

    def __init__(self, root, client, settings, in_image, with_token):
        self.name = f"{'image' if in_image else 'host'}, {'token' if with_token else 'client certificate'}"
        self.folder = tempfile.mkdtemp(prefix="kip-bench.")
        self.kubeconfig = os.path.join(self.folder, "kubeconfig")
        user = {"token": kubectl("-n", NAMESPACE, "create", "token", ACCOUNT).strip()} if with_token else {
            "client-certificate-data": base64.b64encode(client.certificate).decode(),
            "client-key-data": base64.b64encode(client.key).decode()}
        text = json.dumps({
            "clusters": [{"name": "c", "cluster": {
                "server": client.server,
                "certificate-authority-data": base64.b64encode(client.ca).decode()}}],
            "users": [{"name": "u", "user": user}], "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": NAMESPACE}}]})
        with open(self.kubeconfig, "w") as file:
            file.write(text)
        self.root = Root(root, client) if in_image else None
        self.program = f"/bin/{NAME}" if in_image else os.path.join(root, "build/release/src/cli", NAME)
        self.environment = {**settings, "DEPLOYMENT_NAME": NAME, "NAMESPACE": NAMESPACE}
        if in_image and with_token:
            self.environment.update(KUBERNETES_SERVICE_HOST=client.host,
                                    KUBERNETES_SERVICE_PORT=str(client.port))
        elif in_image:
            shutil.copy(self.kubeconfig, f"{self.root.path}/kubeconfig")
            self.environment["KUBECONFIG"] = "/kubeconfig"
        else:
            self.environment["KUBECONFIG"] = self.kubeconfig

    def begin(self):
        return subprocess.Popen([self.program], env=self.environment, stderr=subprocess.DEVNULL,
                                preexec_fn=self.root.enter if self.root else None)

    def remove(self):
        shutil.rmtree(self.folder)
        if self.root:
            self.root.remove()


def end(child):
    child.send_signal(signal.SIGKILL)  # SIGTERM would have the service delete its DaemonSet
    child.wait()


def delete(client, watch):
    """When its DELETED arrived."""
    client.delete(DAEMONSET, propagationPolicy="Background")
    return watch.next("DELETED").time


def drop(client, watch):
    if client.get(DAEMONSET):
        delete(client, watch)


@contextlib.contextmanager
def bare(job, way, body):
    child = subprocess.Popen(["/usr/bin/python3", os.path.join(HERE, "bare_client.py"), job, way.kubeconfig,
                              DAEMONSETS, body], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if child.stdout.readline() != b"ready\n":
            raise RuntimeError(f"the bare client does not begin to {job}")
        yield child
    finally:
        end(child)


def repairs(client, watch, rounds):
    """Milliseconds from DELETED to ADDED, both as they arrive at the bench's watch."""
    found = []
    for _ in range(rounds):
        deleted = delete(client, watch)
        found.append((watch.next("ADDED").time - deleted) * 1000)
        time.sleep(0.1)  # the answer of the POST is read, too, and Events are sent
    return found


def starts(client, watch, rounds, begin):
    """Milliseconds from begin() to ADDED."""
    found = []
    for _ in range(rounds):
        drop(client, watch)
        began = time.monotonic()
        with begin():
            found.append((watch.next("ADDED").time - began) * 1000)
    return found


@contextlib.contextmanager
def started(way):
    child = way.begin()
    try:
        yield child
    finally:
        end(child)


@contextlib.contextmanager
def told(child):
    child.stdin.write(b"\n")
    child.stdin.flush()
    yield


def body_of(client, path):
    """The DaemonSet as the service made it, for the bare client to send."""
    item = client.get(DAEMONSET)
    item.pop("status", None)
    for field in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"):
        item["metadata"].pop(field, None)
    with open(path, "w") as file:
        json.dump(item, file)


def measure(way, client, rounds):
    """Medians in milliseconds: start and repair, of the service and of the bare client, in turns so that both meet the
    same machine."""
    found = {"start": [], "repair": [], "bare start": [], "bare repair": []}
    watch, body = daemonset_watch(client), os.path.join(way.folder, "body.json")
    try:
        for _ in range(3):
            found["start"] += starts(client, watch, rounds, lambda: started(way))
            body_of(client, body)
            drop(client, watch)
            with started(way):
                watch.next("ADDED")
                time.sleep(0.5)
                found["repair"] += repairs(client, watch, rounds)
            with bare("repair", way, body):
                found["bare repair"] += repairs(client, watch, rounds)
            with bare("start", way, body) as child:
                found["bare start"] += starts(client, watch, rounds, lambda: told(child))
    finally:
        watch.close()
    return {name: statistics.median(values) for name, values in found.items()}


def system_calls(way, client, rounds):
    """What the kernel was asked for: bundles of CAs opened, connections made by the start and by so many repairs."""
    watch, log = daemonset_watch(client), os.path.join(way.folder, "calls")
    drop(client, watch)
    child = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=openat,connect", "-o", log, way.program],
                             env=way.environment, stderr=subprocess.DEVNULL)
    try:
        watch.next("ADDED")
        time.sleep(1)

        def count(what):
            with open(log) as file:
                return sum(bool(what.search(line)) for line in file)
        at_start = count(CONNECTED)
        repairs(client, watch, rounds)
        return count(BUNDLE), at_start, count(CONNECTED) - at_start
    finally:
        run("pkill", "-KILL", "-P", str(child.pid))
        child.wait()
        watch.close()
