"""The first creation and a changed digest on 100 and on 1,000 simulated nodes, whose pods take a while to be Ready: how
many nodes pull at once, how long all takes, and what it costs the service and the API server."""
import collections
import contextlib
import dataclasses
import math
import pathlib
import tempfile
import threading
import time

import process
from faults.certs import write_kubeconfig
from faults.puller import Puller
from faults.world import RULES, World
from kip.images import as_setting
from kip.registry import Tags
from kube.audit import WRITES, AuditLog
from kube.watch import Watch
from simulated_cluster import SimulatedCluster, is_ready

MIB = 1 << 20
IMAGES = 20
MOVED = "image7"
POD_SECONDS = 5     # as long as a pod takes that pulls
AT_ONCE = 50        # MAX_NODES_PULLING, its default
HOURS = "0.005"     # 18 s, until the digest that moved is seen


class Pulls:
    """Follows the pods: what they hold, and on how many nodes one with images was not Ready, at most."""

    def __init__(self, client, path):
        self.watch, self.lock = Watch(client, path), threading.Lock()
        self.state, self.closed = {}, threading.Event()
        self.begin()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def close(self):
        self.closed.set()
        self.thread.join()
        self.watch.close()

    def begin(self):
        """Of what is measured next."""
        with self.lock:
            self.most, self.made, self.last_ready = collections.Counter(), collections.Counter(), 0.0

    def follow(self):
        while not self.closed.is_set():
            try:
                event = self.watch.take(0.5)
            except AssertionError:
                return  # `seen` says so
            if event:
                with self.lock:
                    self.note(event)

    def note(self, event):
        pod, uid = event.object, event.uid
        kind = "images" if len(pod["spec"]["containers"]) == IMAGES else "sleeping"
        self.made[kind] += uid not in self.state
        is_gone = event.type == "DELETED" or "deletionTimestamp" in pod["metadata"]
        now = "gone" if is_gone else "ready" if is_ready(pod) else "waits"
        if now == "ready" and self.state.get(uid, ("", ""))[1] != "ready":
            self.last_ready = event.time
        if event.type == "DELETED":
            self.state.pop(uid, None)
        else:
            self.state[uid] = kind, now
        counts = collections.Counter(self.state.values())
        for each in ("images", "sleeping"):
            self.most[each] = max(self.most[each], counts[each, "waits"])

    def seen(self):
        self.watch.assert_alive()
        with self.lock:
            return dict(self.most), dict(self.made), self.last_ready


@dataclasses.dataclass
class Cost:
    """What one step took: requests by (verb, resource), and seconds until the last pod was Ready."""
    requests: collections.Counter
    seconds: float
    most: dict
    made: dict


class Run:
    """The service on so many nodes."""

    def __init__(self, cluster, nodes, registry, folder):
        self.nodes, self.registry = nodes, registry
        cluster.make_nodes(nodes)
        for what in ("/apis/apps/v1/daemonsets", "/api/v1/pods"):
            cluster.wait(lambda what=what: not cluster.client.get(f"{what}?limit=1")["items"], f"the end of {what}")
        self.client, self.world = cluster.client, World(cluster.client, RULES)
        self.audit = AuditLog(self.world.namespace, "puller", path=cluster.audit_log)
        self.counted = collections.Counter()
        self.pulls = Pulls(self.client, f"{self.world.core}/pods")
        images = {f"image{i}": f"{registry.address}/bench/image{i}:1" for i in range(IMAGES)}
        config = write_kubeconfig(folder / "kubeconfig", self.client.server, {"token": self.world.token},
                                  certificate_authority_data=self.client.cluster["certificate-authority-data"])
        self.began = time.monotonic()
        self.puller = Puller(folder, self.world.settings(
            IMAGES=as_setting(images), NODE_SELECTOR="{}", INSECURE_REGISTRIES=registry.address,
            CACHING_INTERVAL_HOURS=HOURS, MAX_NODES_PULLING=str(AT_ONCE), KUBECONFIG=str(config)))

    def close(self):
        self.puller.end()
        self.pulls.close()
        self.world.close()

    def is_finished(self, is_changed):
        """All nodes have a Ready pod of the DaemonSet as it is now, with all images."""
        found = self.world.daemonset()
        if not found or not is_changed(found):
            return False
        status = found["status"]
        return len(found["spec"]["template"]["spec"]["containers"]) == IMAGES and \
            status.get("observedGeneration") == found["metadata"]["generation"] and \
            status.get("updatedNumberScheduled") == status.get("numberReady") == self.nodes and \
            status["desiredNumberScheduled"] == self.nodes and not status.get("numberUnavailable")

    def measure(self, began, is_changed, limit):
        while not self.is_finished(is_changed):
            if time.monotonic() - began > limit or not self.puller.is_alive():
                raise RuntimeError(f"not finished on {self.nodes} nodes after {time.monotonic() - began:.0f} s: "
                                   f"{self.pulls.seen()}\n{self.puller.log[-2000:]}")
            time.sleep(0.5)
        most, made, last = self.pulls.seen()
        time.sleep(3)  # what the service says of it, and the audit log, which is written behind
        # A watch counts when it begins, everything else when it has ended.
        requests = collections.Counter(
            (request["verb"], request.get("objectRef", {}).get("resource", "")) for request in self.audit.read()
            if (request["verb"] == "watch") == (request["stage"] == "ResponseStarted"))
        requests, self.counted = requests - self.counted, requests
        self.pulls.begin()
        return Cost(requests, last - began, most, made)

    def first_creation(self, limit):
        return self.measure(self.began, lambda _: True, limit)

    def changed_digest(self, limit):
        generation = self.world.daemonset()["metadata"]["generation"]
        self.wait_for_record()
        with watching(self.client, self.world.daemonset_path("cache")) as written:
            self.registry.move(f"bench/{MOVED}")
            began = written(lambda found: found["metadata"]["generation"] > generation, limit)
        return self.measure(began, lambda found: found["metadata"]["generation"] > generation, limit)

    def wait_for_record(self):
        """Until the digest from which the tag is to move is known."""
        end = time.monotonic() + 300
        while not is_recorded(self.world.daemonset()):
            if time.monotonic() > end:
                raise RuntimeError(f"no digests recorded\n{self.puller.log[-2000:]}")
            time.sleep(0.5)


def is_recorded(daemonset):
    values = [value for key, value in daemonset["metadata"]["annotations"].items()
              if key.startswith("image.che.eclipse.org/")]
    return len(values) == IMAGES and all(value.startswith("sha256:") for value in values)


@contextlib.contextmanager
def watching(client, path):
    """A function that waits for an event of this object, and returns the time when it came."""
    collection, _, name = path.rpartition("/")
    with Watch(client, collection, fieldSelector=f"metadata.name={name}") as watch:
        def written(holds, limit):
            end = time.monotonic() + limit
            while time.monotonic() < end:
                event = watch.take(1)
                if event and holds(event.object):
                    return event.time
            raise RuntimeError(f"no change in {limit} s")
        yield written


def add_rows(table, what, cost, nodes):
    waves = math.ceil(nodes / AT_ONCE)
    slept = cost.made.get("sleeping", 0)
    ideal = POD_SECONDS * (waves + (1 if slept else 0))
    before = f", {slept} sleeping pods before them" if slept else ""
    name = f"{nodes} nodes, {what}"
    table.add(f"{name}: pods with images not Ready at once", cost.most["images"], "", AT_ONCE, "",
              f"{cost.made.get('images', 0)} made{before}")
    table.add(f"{name}: time beside the ideal, ratio", cost.seconds / ideal, "", 1.2, "",
              f"{cost.seconds:.0f} s; {ideal} s are {waves} waves of {POD_SECONDS} s" +
              (" and one of sleeping pods" if slept else ""))
    by_kind = ", ".join(f"{count} {verb} {resource}" for (verb, resource), count in sorted(cost.requests.items()))
    writes = sum(count for (verb, resource), count in cost.requests.items()
                 if verb in WRITES and resource != "events")
    table.add(f"{name}: requests of the service to the API server", sum(cost.requests.values()), "", None, "", by_kind)
    table.add(f"{name}: writes of objects", writes, "")


def measure(table, quick):
    sizes = (60, 200) if quick else (100, 1000)
    found = collections.defaultdict(dict)
    with Tags("127.0.0.1") as registry, \
            SimulatedCluster(POD_SECONDS, f"registry.invalid/x@{registry.digest()}", MOVED) as cluster:
        for nodes in sizes:
            registry.moves.clear()
            with tempfile.TemporaryDirectory(prefix="kip-bench.") as folder:
                run = Run(cluster, nodes, registry, pathlib.Path(folder))
                try:
                    limit = 300 + 10 * POD_SECONDS * math.ceil(nodes / AT_ONCE)
                    for what, step in (("first creation", run.first_creation), ("changed digest", run.changed_digest)):
                        cost = step(limit)
                        add_rows(table, what, cost, nodes)
                        found[what][nodes] = sum(cost.requests.values())
                    process.wait_until_quiet(run.puller.pid)
                    table.add(f"{nodes} nodes: memory of the service at most", process.highest_memory(run.puller.pid),
                              "bytes", 10 * MIB, "",
                              f"{process.memory(run.puller.pid)['Rss'] / MIB:.2f} MiB at the end; {IMAGES} images")
                finally:
                    run.close()
    for what, requests in found.items():
        small, large = (requests[nodes] for nodes in sizes)
        table.add(f"{what}: requests on {sizes[1]} nodes beside {sizes[0]}, ratio", large / small, "", 1.1, "",
                  f"{large} and {small}")
