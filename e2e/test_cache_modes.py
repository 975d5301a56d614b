"""The ways in which a node holds the images (CACHE_MODE): what is kept, what it costs, what one that fails does."""
import contextlib
import os

import pytest

from kip import agent
from kip.coverage import gaps
from kip.images import as_setting, make_artifact, make_image, new_reference
from kip.namespace import NAME, POD_LABELS, Namespace, is_ready
from kube.nodes import ctr, node_images
from kube.shell import ROOT, run
from kube.wait import wait_until

ONE_SLEEPER = ["pin", "volume"]
OF_SERVICE = 64  # MiB that the chart requests for the service
local_only = pytest.mark.skipif(os.environ.get("KIP_E2E_CLUSTER") != "local", reason="kind's kubelets stay as they are")


@pytest.fixture
def images():
    made = {"one": new_reference("one"), "two": new_reference("two"), "three": new_reference("three")}
    for reference in made.values():
        make_image(reference)
    return made


def install(ns, images, mode, **settings):
    ns.install({"images": as_setting(images), "cacheMode": mode, **settings},
               **({"agent": agent.values()} if mode == "agent" else {}))


def wait_until_on_nodes(images, nodes):
    """The references among what each of these nodes has."""
    def there():
        for node in nodes:
            has = names_on(node)
            assert set(images.values()) <= has, (node, sorted(set(images.values()) - has))
        return True
    wait_until(there, poll=1, message=f"{list(images)} on {nodes}")


def names_on(node):
    """Of all that is there completely. An artifact is not unpacked for use."""
    return {line.split()[0] for line in ctr(node, "images", "check").splitlines()[1:] if "complete (" in line
            and "incomplete" not in line}


def records_on(node):
    """The names that its runtime knows, also while images are being removed."""
    return set(ctr(node, "images", "ls", "-q").split())


def mode_of(pod):
    if any("image" in volume for volume in pod["spec"]["volumes"]):
        return "volume"
    return "pin" if len(pod["spec"]["initContainers"]) > 1 else "sleep"


def component(verb, name, **env):
    run(ROOT / "hack/cluster", verb, name, env={**os.environ, **env})


def restart(name, **env):
    component("stop", name)
    component("start", name, **env)


@pytest.mark.parametrize("mode", ONE_SLEEPER)
def test_one_container_holds_all_images_and_costs_the_quota_of_one(mode, ns, nodes, images):
    ns.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "counts"},
              "spec": {"hard": {"requests.memory": "10Gi", "requests.cpu": "100"}}})
    install(ns, images, mode, cachingMemoryRequest="10Mi")

    ns.wait_for_log("every image is on every node", f"images={len(images)}", f"nodes={len(nodes)}")

    wait_until_on_nodes(images, nodes)
    for pod in ns.wait_until_ready(nodes):
        assert mode_of(pod) == mode and len(pod["spec"]["containers"]) == 1
    wait_until(lambda: ns.get("resourcequotas", "counts")["status"]["used"]["requests.memory"] ==
               f"{OF_SERVICE + 10 * len(nodes)}Mi", message="the requests of one container a node")


def test_a_change_of_the_mode_is_a_rolling_change_without_a_gap(ns, nodes, images):
    with ns.watch("pods", POD_LABELS) as watch:
        install(ns, images, "sleep")
        ns.wait_until_ready(nodes)
        uid = ns.daemonset()["metadata"]["uid"]
        for mode in ("pin", "volume", "sleep"):
            ns.change_settings(CACHE_MODE=mode)
            def changed(mode=mode):
                on = sorted(p["spec"].get("nodeName", "") for p in ns.pods() if is_ready(p) and mode_of(p) == mode)
                assert on == sorted(nodes), [(mode_of(p), p["status"]) for p in ns.pods()]
                return True
            wait_until(changed, message=f"{mode} on every node")
            wait_until_on_nodes(images, nodes)
        watch.assert_alive()
        events = list(watch.events)
    assert gaps(events, nodes) == []
    assert ns.daemonset()["metadata"]["uid"] == uid, "never deleted"


@pytest.mark.parametrize("mode", ONE_SLEEPER)
def test_an_image_that_fails_holds_the_others_up_for_a_minute_at_most(mode, ns, nodes, images):
    missing = {"missing": new_reference("missing")}
    with ns.watch("daemonsets") as watch:
        install(ns, {**missing, **images}, mode)
        ns.wait_for_log("an image cannot be pulled", "name=missing", f"image={missing['missing']}")
        ns.wait_for_log("finding=ImageHoldsUpOthers", "detail=\"missing (")

        def held():
            """By containers that were made, though no pod is Ready."""
            for node in nodes:
                pods = [p for p in ns.pods() if p["spec"].get("nodeName") == node]
                done = [status for p in pods for status in p["status"].get("initContainerStatuses", [])
                        if status.get("state", {}).get("terminated", {}).get("exitCode") == 0]
                made = {c["name"] for c in done}
                if mode == "volume":
                    made = {m["name"] for c in done for m in c["volumeMounts"]}
                assert set(images) <= made, (node, made)
            return True
        wait_until(held, message="the others to be held")
        ns.wait_for_log("finding=ImagePutLast", f"image={missing['missing']}")
        # Once, and not again while it fails.
        orders = {e.object["spec"]["template"]["metadata"]["annotations"].get("che.eclipse.org/image-puller-last")
                  for e in watch.events}
        assert orders == {None, "missing"}

    make_image(missing["missing"])
    ns.wait_until_ready(nodes, timeout=360)
    ns.wait_for_log("every image is on every node")


@pytest.mark.parametrize("mode", ["sleep", "pin"])
def test_a_hook_that_an_image_asks_for_in_its_environment_is_not_called(mode, ns, nodes):
    """As a CUDA image on a node with the GPU hook; the local cluster's runtime has a stub of that."""
    if os.environ.get("KIP_E2E_CLUSTER") != "local":
        pytest.skip("kind's runtime has no such hook")
    wishes = {"cuda": "NVIDIA_VISIBLE_DEVICES=all", "rocm": "AMD_VISIBLE_DEVICES=0", "cann": "ASCEND_VISIBLE_DEVICES=0"}
    images = {name: new_reference(name) for name in wishes}
    for name, reference in images.items():
        make_image(reference, env=[wishes[name]])
    make_image(other := new_reference("plain"), env=["PATH=/bin"])
    context = {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": 65532,
               "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
    ns.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": {"containers": [
        {"name": "bare", "image": images["cuda"], "command": ["/payload"], "securityContext": context}]}})
    wait_until(lambda: "hook: no devices for NVIDIA_VISIBLE_DEVICES=all" in str(ns.get("pods", "bare")["status"]),
               message="the hook, where nothing switches it off")

    install(ns, {**images, "plain": other}, mode)

    ns.wait_until_ready(nodes)
    assert all(status["restartCount"] == 0 for pod in ns.pods() for status in pod["status"]["containerStatuses"])


def test_image_volumes_hold_what_could_not_run_here(ns, nodes):
    """Artifacts that are no image, images of another architecture, images that ask for a hook."""
    things = {"model": new_reference("model"), "foreign": new_reference("foreign"), "cuda": new_reference("cuda")}
    make_artifact(things["model"], os.urandom(4096))
    make_image(things["foreign"], architecture="s390x")
    make_image(things["cuda"], env=["NVIDIA_VISIBLE_DEVICES=all"])

    install(ns, things, "volume")

    ns.wait_until_ready(nodes)
    ns.wait_for_log("every image is on every node", "images=3")
    wait_until_on_nodes(things, nodes)


def test_kubelets_do_not_ask_for_image_volumes_again_and_again(ns, nodes, images):
    install(ns, images, "volume")
    policies = lambda d: {v["image"]["pullPolicy"] for v in d["spec"]["template"]["spec"]["volumes"] if "image" in v}
    assert policies(ns.wait_for_daemonset()) == {"IfNotPresent"}, "nodes pull what they lack either way"
    ns.wait_until_ready(nodes)
    first = ns.daemonset()["metadata"]["generation"]
    moved = make_image(images["two"])
    ns.change_settings(CACHING_INTERVAL_HOURS="0.0025", REFRESH="Always")
    wait_until(lambda: {node_images(node).get(images["two"]) for node in nodes} == {moved}, poll=1,
               message="what moved, on every node")
    ns.wait_for_log("finding=AskingIsOver")
    assert ns.daemonset()["metadata"]["generation"] > first


def test_more_image_volumes_than_a_kubelet_may_pull_in_one_go_are_all_there(ns, nodes):
    """By default it begins 5 pulls a second, and 10 in a burst; what is above that fails, and is tried again later."""
    things = {f"image{i}": new_reference(f"volume{i}") for i in range(20)}
    for reference in things.values():
        make_image(reference)
    install(ns, things, "volume")
    ns.wait_until_ready(nodes)
    wait_until_on_nodes(things, nodes)


@contextlib.contextmanager
def collecting(node):
    """The node's kubelet collects images whenever they fill 1 % of the disk, from its start on."""
    kubelet = node.replace("node", "kubelet")
    restart(kubelet, KIP_KUBELET_CONFIG="imageGCHighThresholdPercent: 1\nimageGCLowThresholdPercent: 0\n"
                                        "imageMinimumGCAge: 1s")
    try:
        yield
    finally:
        restart(kubelet)


@pytest.fixture
def spaces():
    made = {mode: Namespace() for mode in ("sleep", *ONE_SLEEPER)} | {"agent": Namespace(restricted=False)}
    yield made
    for space in made.values():
        space.remove()


@local_only
@pytest.mark.long   # a kubelet collects every 5 minutes, and at its start it does not know the images yet
@pytest.mark.alone  # other tests' images would be collected under their hands
def test_what_is_held_in_any_mode_survives_the_collection_of_images(spaces, nodes):
    node = nodes[0]
    held = {mode: {"one": new_reference(mode), "two": new_reference(mode)} for mode in spaces}
    model = new_reference("model")
    for images in held.values():
        for reference in images.values():
            make_image(reference)
    make_artifact(model, os.urandom(4096))
    held["volume"]["model"] = model
    control = [new_reference("control") for _ in range(6)]
    for reference in control:
        make_image(reference, size=20_000_000)  # all of them more than 1 % of the disk
    for mode, space in spaces.items():
        install(space, held[mode], mode)
    for space in spaces.values():
        space.wait_until_ready(nodes)
        space.wait_for_log("every image is on every node")
    for reference in control:
        ctr(node, "images", "pull", "--plain-http", reference)
    assert set(control) <= records_on(node)

    with collecting(node):
        wait_until(lambda: not set(control) & records_on(node), timeout=600, poll=1, message="the control images to go")
        for images in held.values():
            assert set(images.values()) <= records_on(node)
    for space in spaces.values():
        space.wait_until_ready(nodes)


@local_only
@pytest.mark.alone  # it stops the API server
def test_an_api_server_that_drops_image_volumes_is_named_and_nothing_is_changed(ns, nodes, images):
    install(ns, images, "sleep")
    ns.wait_until_ready(nodes, images)
    before = ns.daemonset()["metadata"]
    try:
        restart("apiserver", KIP_IMAGE_VOLUMES="false")
        ns.change_settings(CACHE_MODE="volume")
        ns.wait_for_log("finding=Refused", "drops image volumes", "CACHE_MODE=volume")
        after = ns.daemonset()["metadata"]
        assert (after["uid"], after["generation"]) == (before["uid"], before["generation"])
        assert ns.wait_until_ready(nodes, images)
    finally:
        restart("apiserver")
    wait_until(lambda: all(mode_of(p) == "volume" for p in ns.wait_until_ready(nodes)), message="image volumes, now")


@local_only
@pytest.mark.alone  # it stops a kubelet
def test_a_node_without_image_volumes_keeps_what_it_has_and_is_named(ns, nodes, images):
    node = nodes[-1]
    kubelet = node.replace("node", "kubelet")
    install(ns, images, "sleep", maxNodesPulling="2")
    ns.wait_until_ready(nodes, images)
    try:
        restart(kubelet, KIP_IMAGE_VOLUMES="false")
        ns.change_settings(CACHE_MODE="volume")
        ns.wait_for_log("a node cannot take new images", f"on={node}", "CACHE_MODE=volume")
        modes = lambda: {(p["spec"].get("nodeName"), mode_of(p)) for p in ns.pods() if is_ready(p)}
        wait_until(lambda: modes() == {(node, "sleep"), *((other, "volume") for other in nodes if other != node)},
                   message="the new mode on the other nodes, and the old pod on this one")
    finally:
        restart(kubelet)
    wait_until(lambda: all(mode_of(p) == "volume" for p in ns.wait_until_ready(nodes)), message="image volumes, now")
    assert ns.get("daemonsets", NAME)
