"""What registries and the API server see of the refresh by digests: intervals in which nothing moves, one tag that
moves, and a registry that sets limits."""
import contextlib
import dataclasses
import itertools
import os
import pathlib
import tempfile
import time

from faults.certs import write_kubeconfig
from faults.puller import Puller
from faults.world import RULES, World
from kip.images import REGISTRY, as_setting, make_image
from kip.registry import Limited, Proxy, by_method
from kube.audit import WRITES, AuditLog
from kube.shell import ROOT, run
from kube.wait import wait_until

IMAGES = 20
SECONDS = 5.4  # an interval
HOURS = f"{SECONDS / 3600:.4f}"
JITTER = 0.1   # of an interval, more or less
BUSY = 1       # seconds that a request may wait on a busy machine, so that the next seems early
SHUT_SECONDS = 10  # as long as the registry with limits wants to be left alone
SECRETS = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]


@dataclasses.dataclass
class Running:
    """The service as a process, with the account and the rights of a pod."""
    world: World
    puller: Puller
    audit: AuditLog

    def writes(self):
        """How many the API server saw so far: (of objects, of Events)."""
        time.sleep(1)  # the audit log is written behind
        found = [request.get("objectRef", {}).get("resource") for request in self.audit.read()
                 if request["verb"] in WRITES]
        return len(found) - found.count("events"), found.count("events")


@contextlib.contextmanager
def running(client, folder, settings, rules=()):
    """`settings` is a function of the world that gives them; `rules` are more rights."""
    world = World(client, [*RULES, *SECRETS, *rules])
    try:
        config = write_kubeconfig(folder / "kubeconfig", client.server, {"token": world.token},
                                  certificate_authority_data=client.cluster["certificate-authority-data"])
        audit = AuditLog(world.namespace, "puller", from_now=True)
        with Puller(folder, {**settings(world), "KUBECONFIG": str(config)}) as puller:
            yield Running(world, puller, audit)
    finally:
        world.close()


def pushed_image():
    """The reference of the image of `make image`, from which sleep is taken."""
    reference = f"{REGISTRY}/kubernetes-image-puller-bench:process"
    archive = os.environ.get("KIP_E2E_ARCHIVE", ROOT / "build/image/kubernetes-image-puller.tar")
    run(ROOT / "hack/cluster", "push", reference, archive)
    return reference


def is_recorded(world):
    """The DaemonSet knows a digest of each image."""
    found = world.daemonset()
    values = [value for key, value in (found or {"metadata": {"annotations": {}}})["metadata"]["annotations"].items()
              if key.startswith("image.che.eclipse.org/")]
    return len(values) == IMAGES and all(value.startswith("sha256:") for value in values)


def is_rolled_out(world):
    found = world.daemonset() or {"metadata": {"generation": -1}, "status": {}}
    status, wanted = found["status"], found["status"].get("desiredNumberScheduled", -1)
    return status.get("observedGeneration") == found["metadata"]["generation"] and \
        status.get("updatedNumberScheduled") == status.get("numberReady") == wanted > 0


def measure_idle_and_push(table, client, quick):
    """24 intervals in which nothing moves, then a tag moves; two real nodes with all images."""
    rounds = 6 if quick else 24
    with Proxy() as registry, scratch() as folder:
        images = {f"image{i}": f"{registry.address}/bench/fresh{i}-{os.getpid()}:1" for i in range(IMAGES)}
        behind = {name: reference.replace(registry.address, REGISTRY)
                  for name, reference in images.items()}
        for reference in behind.values():
            make_image(reference)
        image = pushed_image()
        settings = lambda world: world.settings(
            IMAGES=as_setting(images), NODE_SELECTOR="{}", KIP_IMAGE=image, CACHING_CPU_REQUEST=".001",
            CACHING_MEMORY_REQUEST="1Mi", CACHING_INTERVAL_HOURS=HOURS, INSECURE_REGISTRIES=registry.address,
            MAX_NODES_PULLING="1")
        with running(client, folder, settings) as service:
            wait_until(lambda: is_recorded(service.world) and is_rolled_out(service.world),
                       lambda: service.puller.log[-3000:])
            made = service.writes()
            table.add("registry: writes until the digests are recorded", made[0], "", None, "", "of them one records")
            idle(table, registry, service, rounds)
            moved = images["image7"].partition("/")[2].rpartition(":")[0]
            push(table, registry, service, moved, lambda: make_image(behind["image7"]))


def idle(table, registry, service, rounds):
    of_service = lambda since: registry.for_manifests(True, since)
    before, at_first = service.writes(), time.monotonic()
    # From the end of one round to the end of another.
    wait_until(lambda: len(of_service(at_first)) >= IMAGES and quiet(of_service(at_first)))
    began = time.monotonic()
    wait_until(lambda: len(of_service(began)) >= IMAGES * rounds, lambda: service.puller.log[-3000:],
               timeout=rounds * SECONDS * 2 + 60)
    wait_until(lambda: quiet(of_service(began)))
    seconds = time.monotonic() - began
    asked, nodes, after = of_service(began), registry.for_manifests(False, began), service.writes()
    table.add(f"registry: HEADs in {rounds} idle intervals of {IMAGES} images", by_method(asked)["HEAD"], "",
              IMAGES * rounds, "", f"{rounds} intervals of {SECONDS} s took {seconds:.0f} s")
    times = [r.at for r in asked if r.repository == asked[0].repository]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    table.add("registry: intervals begun too early", sum(gap < SECONDS * (1 - JITTER) - BUSY for gap in gaps), "", 0,
              "", f"the shortest was {min(gaps):.1f} s")
    table.add("registry: GETs of manifests by the service", by_method(asked)["GET"], "", 0)
    table.add("registry: requests for manifests by nodes, idle", len(nodes), "", 0)
    table.add("registry: writes to the cluster, idle", after[0] - before[0], "", 0)
    table.add("registry: Events, idle", after[1] - before[1], "", 0)


def quiet(requests):
    """The last of these was a while ago, so its round is over."""
    return requests and time.monotonic() - requests[-1].at > 1.5


def push(table, registry, service, moved, move):
    world, before = service.world, service.writes()
    nodes = world.daemonset()["status"]["desiredNumberScheduled"]
    generation, began = world.daemonset()["metadata"]["generation"], time.monotonic()
    move()
    wait_until(lambda: world.daemonset()["metadata"]["generation"] > generation and is_rolled_out(world),
               lambda: service.puller.log[-3000:])
    seconds = time.monotonic() - began
    time.sleep(2 * SECONDS * (1 + JITTER))  # once is enough
    after, asked = service.writes(), registry.for_manifests(False, began)
    of_moved = by_method(r for r in asked if r.repository == moved)
    table.add("registry: writes to the cluster, one push", after[0] - before[0], "", 1, "",
              f"{after[1] - before[1]} Events; on all nodes after {seconds:.0f} s")
    table.add("registry: images that nodes ask for, one push", len({r.repository for r in asked}), "", 1, "",
              f"of {IMAGES}")
    for method, what in (("HEAD", "resolve the tag"), ("GET", "the new content")):
        table.add(f"registry: {method}s of manifests by each node, one push", of_moved[method] / nodes, "", 1, "",
                  f"{nodes} nodes; {what}")


def measure_limits(table, client, says_429):
    """A registry that wants to be left alone for a while after some requests."""
    what = "429 with Retry-After" if says_429 else "ratelimit-remaining: 0"
    with Limited(IMAGES // 2, SHUT_SECONDS, says_429) as registry, scratch() as folder:
        images = "".join(f"image{i}={registry.address}/bench/limited{i}:1;" for i in range(IMAGES))
        settings = lambda world: world.settings(IMAGES=images, CACHING_INTERVAL_HOURS=HOURS,
                                                INSECURE_REGISTRIES=registry.address)
        with running(client, folder, settings) as service:
            wait_until(lambda: len({r.repository for r in registry.for_manifests(True) if r.status == 200}) == IMAGES,
                       lambda: service.puller.log[-3000:])
            late = min(r.at for r in registry.for_manifests(True) if r.at >= registry.shut_until)
            table.add(f"registry: requests before the time is over, {what}", registry.early, "", 0, "",
                      f"{SHUT_SECONDS} s; the next came {late - registry.shut_until:.1f} s after its end")


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="kip-bench.") as folder:
        yield pathlib.Path(folder)
