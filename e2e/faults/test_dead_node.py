"""A node whose kubelet hangs, so that no pod of it starts, and none ends: the others have their images all the same."""
import time
import types

import pytest

from kip.images import as_setting, make_image, new_reference
from kube.wait import wait_until

from .certs import write_kubeconfig
from .nodes import await_nodes, images_of, kubelet, node_of
from .outage import Outages
from .puller import Puller
from .world import World

pytestmark = pytest.mark.alone
NAMES = ("edited", "recreated", "deleted")
SOON = 30.0         # seconds; a quiet machine takes three
TOLD_WITHIN = 75.0  # the promise is a minute
CAUSE = "(?i:kubelet|unreachable|not ready|NotReady)"


@pytest.fixture(scope="module")
def scene(api, binary, cluster_tool, nodes, tmp_path_factory):
    """One dead node, and three services that have something to do meanwhile. Torn down with every node Ready."""
    folder, world, pullers, paused = tmp_path_factory.mktemp("dead"), World(api), {}, []
    images = {"one": new_reference("one"), "two": new_reference("two")}
    for reference in images.values():
        make_image(reference)
    way = write_kubeconfig(folder / "kubeconfig", api.server, {"token": world.token}, insecure_skip_tls_verify=True)
    more = {"edited": {"MAX_NODES_PULLING": "1"}, "recreated": {"REFRESH_STRATEGY": "Recreate"}, "deleted": {}}
    try:
        for name in NAMES:
            settings = world.settings_with_pods({"one": images["one"]}, name, **more[name])
            settings = world.owned_settings(settings, CACHING_INTERVAL_HOURS="1")
            pullers[name] = Puller(folder / name, {**settings, "KUBECONFIG": str(way)})
        for name in NAMES:
            await_nodes(world, nodes, name, images["one"], more=lambda: pullers[name].log)  # noqa: B023
        # The DaemonSet's controller takes nodes in no order, so none works until it has chosen one.
        for node in nodes:
            kubelet(cluster_tool, "pause", node)
            paused.append(node)
        world.edit("edited", IMAGES=as_setting(images))
        chosen = lambda: [node_of(pod) for pod in world.pods("edited") if len(images_of(pod)) == 2]
        dead = wait_until(chosen, lambda: f"no new pod\n{pullers['edited'].log}", 30)[0]
        for node in [node for node in nodes if node != dead]:
            kubelet(cluster_tool, "resume", node)
            paused.remove(node)
        scene = types.SimpleNamespace(world=world, dead=dead, others=[n for n in nodes if n != dead], images=images,
                                      pullers=pullers, since=time.monotonic())
        scene.uids = {name: world.uid(name) for name in NAMES}
        api.delete(world.daemonset_path("deleted"), propagationPolicy="Foreground")
        world.edit("recreated", CACHING_INTERVAL_HOURS="0.001")  # due at once
        wait_until(lambda: pullers["recreated"].said("finding=Refresh"), lambda: pullers["recreated"].log, SOON)
        world.edit("recreated", CACHING_INTERVAL_HOURS="1")  # and not again
        yield scene
    finally:
        for node in paused:
            kubelet(cluster_tool, "resume", node)
        for puller in pullers.values():
            puller.end()
        world.close()
        wait_until(Outages(cluster_tool, api).nodes_are_ready, "every node Ready again", 180, poll=0.5)


def rest(scene, seconds):
    return max(1.0, seconds - (time.monotonic() - scene.since))


def test_a_refresh_by_recreate_brings_the_images_back_to_the_other_nodes(scene):
    world, puller = scene.world, scene.pullers["recreated"]
    world.await_daemonset("recreated", other_than=scene.uids["recreated"], within=SOON, more=lambda: puller.log)
    of_new = lambda: {node_of(pod) for pod in world.pods("recreated") if "deletionTimestamp" not in pod["metadata"] and
                      pod["metadata"]["ownerReferences"][0]["uid"] == world.uid("recreated")}
    await_nodes(world, scene.others, "recreated", scene.images["one"], within=SOON, more=lambda: puller.log)
    assert set(scene.others) <= of_new(), puller.log
    assert "deletionTimestamp" not in world.daemonset("recreated")["metadata"]


def test_a_dead_node_holds_no_other_back_and_is_named(scene):
    world, puller = scene.world, scene.pullers["edited"]
    puller.await_log(rf"level=warning(?=.*\b{scene.dead}\b)(?=.*{CAUSE})", rest(scene, TOLD_WITHIN))
    await_nodes(world, scene.others, "edited", *scene.images.values(), within=15 + rest(scene, TOLD_WITHIN),
                more=lambda: puller.log)
    wait_until(lambda: world.warnings(scene.dead), "a Warning that names the node", 10)


def test_what_waits_for_a_dead_node_longer_than_a_minute_says_so(scene):
    """Somebody else deleted the DaemonSet in the foreground: it cannot be made before its last pod has gone."""
    world, puller = scene.world, scene.pullers["deleted"]
    told = rf"level=warning(?=.*finding=BeingDeleted)(?=.*\b(deleted-\w+|{scene.dead})\b)"
    puller.await_log(told, rest(scene, TOLD_WITHIN))
    wait_until(lambda: world.warnings("deleted"), "a Warning that says so", 10)
    assert len(puller.said("level=warning.*finding=BeingDeleted")) == 1, puller.log
    assert world.uid("deleted") in (None, scene.uids["deleted"])
