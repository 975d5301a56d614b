"""A node whose CPU others have taken: its new pod cannot start there, and no other node waits for that."""
import itertools
import time

import pytest

from kip.images import as_setting, make_image, new_reference
from kube.wait import wait_until

from .certs import write_kubeconfig
from .nodes import await_nodes, empty, fill, images_of, node_of

pytestmark = pytest.mark.alone
# Of each container: one image has room on a full node, its successor of two beside it has not.
REQUEST, ROOM = 200, 500  # millicores
TOLD_WITHIN = 75.0  # the promise is a minute; a machine that runs the tests of others has its own pauses
CAUSE = "(Unschedulable|Insufficient cpu)"
LONG_INTERVAL = 90.0  # seconds; longer than it takes until a node's trouble is known


@pytest.fixture
def images():
    made = {"one": new_reference("one"), "two": new_reference("two")}
    for reference in made.values():
        make_image(reference)
    return made


@pytest.fixture
def full(world, start, tmp_path, nodes, images):
    """A service whose second image one node has no room for: that node, and the service."""
    way = write_kubeconfig(tmp_path / "kubeconfig", world.api.server, {"token": world.token},
                           insecure_skip_tls_verify=True)
    settings = world.settings_with_pods({"one": images["one"]}, MAX_NODES_PULLING="1",
                                        CACHING_CPU_REQUEST=f"{REQUEST}m")
    settings = world.owned_settings(settings, CACHING_INTERVAL_HOURS="1")
    puller = start({**settings, "KUBECONFIG": str(way)})
    await_nodes(world, nodes, "cache", images["one"], more=lambda: puller.log)
    for node in nodes:
        fill(world, node, ROOM)
    # The DaemonSet's controller takes nodes in no order, so all are full, until it has chosen one.
    world.edit(IMAGES=as_setting(images))
    chosen = lambda: [node_of(pod) for pod in world.pods() if len(images_of(pod)) == 2]
    node = wait_until(chosen, lambda: f"no new pod\n{puller.log}")[0]
    puller.since = time.monotonic()
    for other in nodes:
        if other != node:
            empty(world, other)
    return node, puller


def test_a_full_node_holds_no_other_back_and_is_named(full, world, nodes, images):
    node, puller = full
    rest = lambda: TOLD_WITHIN - (time.monotonic() - puller.since)
    puller.await_log(rf"level=warning(?=.*\b{node}\b)(?=.*{CAUSE})", rest())
    await_nodes(world, [other for other in nodes if other != node], "cache", *images.values(), within=rest() + 15,
                more=lambda: puller.log)
    assert world.pods() and [p for p in world.pods() if node_of(p) == node and images_of(p) == [images["one"]]], \
        "what the full node has, it keeps"
    wait_until(lambda: world.warnings(node), "a Warning that names the node", 10)

    empty(world, node)
    await_nodes(world, nodes, "cache", *images.values(), more=lambda: puller.log)


@pytest.mark.long
def test_a_full_node_does_not_stretch_the_interval(full, world):
    _, puller = full
    world.edit(CACHING_INTERVAL_HOURS=str(LONG_INTERVAL / 3600))
    refreshed = lambda: world.daemonset()["spec"]["template"]["metadata"]["annotations"][
        "che.eclipse.org/image-puller-refreshed-at"]
    times, seen = [], refreshed()
    for _ in range(3):
        wait_until(lambda: refreshed() != seen, lambda: f"no refresh\n{puller.log}", 3 * LONG_INTERVAL)  # noqa: B023
        times.append(time.monotonic())
        seen = refreshed()
    for first, second in itertools.pairwise(times):
        assert second - first < 1.3 * LONG_INTERVAL, f"{times}\n{puller.log}"
