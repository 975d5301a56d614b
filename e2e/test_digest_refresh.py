"""What a refresh costs where registries are asked for digests: nothing where nothing moved, and only what moved."""
import os

import pytest

from kip.coverage import gaps
from kip.images import PRIVATE_REGISTRY, REGISTRY, as_setting, delete_manifest, make_image, new_reference
from kip.namespace import NAME, POD_LABELS
from kip.registry import requests_for
from kube.nodes import node_images
from kube.wait import wait_until

SHORT_HOURS = "0.0025"  # 9 seconds

pytestmark = pytest.mark.skipif("KIP_E2E_REGISTRY_LOG" not in os.environ,
                                reason="the registry's access log is not known")


def wait_for_questions(reference, more):
    """Until the service has asked for the image's digest so many times more."""
    asked = lambda: requests_for(reference).count(("HEAD", "service"))
    before = asked()
    wait_until(lambda: asked() >= before + more, message=f"{more} questions for the digest of {reference}")


def record(ns):
    """The annotations of the DaemonSet, once the registry's digest of each image is among them."""
    def known():
        annotations = ns.daemonset()["metadata"]["annotations"]
        asked = [value for key, value in annotations.items() if key.startswith("image.che.eclipse.org/")]
        return asked and all(value.startswith("sha256:") for value in asked) and annotations
    return wait_until(known, message="the digests to be recorded")


def policies(daemonset):
    return {c["name"]: c["imagePullPolicy"] for c in daemonset["spec"]["template"]["spec"]["containers"]}


def test_what_did_not_move_costs_one_head_and_nothing_on_any_node(ns, nodes):
    images = {"one": new_reference(), "two": new_reference()}
    for reference in images.values():
        make_image(reference)
    ns.install({"images": as_setting(images), "cachingIntervalHours": SHORT_HOURS, "insecureRegistries": REGISTRY})
    ns.wait_until_ready(nodes, images)
    wait_for_questions(images["one"], 1)
    of_nodes = [r for r in requests_for(images["one"]) if r[1] == "node"]
    before, generation = record(ns), ns.daemonset()["metadata"]["generation"]

    wait_for_questions(images["one"], 3)

    assert [r for r in requests_for(images["one"]) if r[1] == "node"] == of_nodes, "a node asked the registry"
    assert ("GET", "service") not in requests_for(images["one"])
    found = ns.daemonset()
    assert found["metadata"]["generation"] == generation and found["metadata"]["annotations"] == before


def test_a_tag_that_moved_is_pulled_on_every_node_and_the_others_are_not_asked_for(ns, nodes):
    moving, other = new_reference("moving"), new_reference("other")
    first = make_image(moving)
    make_image(other)
    ns.install({"images": as_setting({"moving": moving, "other": other}), "cachingIntervalHours": SHORT_HOURS,
                "insecureRegistries": REGISTRY})
    ns.wait_until_ready(nodes)
    record(ns)
    assert {node_images(node).get(moving) for node in nodes} == {first}
    of_nodes = [r for r in requests_for(other) if r[1] == "node"]

    second = make_image(moving)

    wait_until(lambda: {node_images(node).get(moving) for node in nodes} == {second}, poll=1,
               message="the new digest on every node")
    ns.wait_for_log("finding=ImageMoved", "replacing pods node by node")
    found = ns.daemonset()
    assert policies(found) == {"moving": "Always", "other": "IfNotPresent"}
    assert [r for r in requests_for(other) if r[1] == "node"] == of_nodes, "a node asked for what did not move"
    generation = found["metadata"]["generation"]
    wait_for_questions(moving, 2)  # once is enough
    assert ns.daemonset()["metadata"]["generation"] == generation


def test_a_private_image_is_asked_for_with_its_pull_secret(ns, nodes):
    reference = new_reference("private", PRIVATE_REGISTRY)
    first = make_image(reference)
    ns.create_pull_secret("pull")
    ns.install({"images": as_setting({"private": reference}), "cachingIntervalHours": SHORT_HOURS,
                "imagePullSecrets": "pull", "insecureRegistries": PRIVATE_REGISTRY})
    ns.wait_until_ready(nodes)
    record(ns)
    assert {node_images(node).get(reference) for node in nodes} == {first}

    second = make_image(reference)

    wait_until(lambda: {node_images(node).get(reference) for node in nodes} == {second}, poll=1,
               message="the new digest on every node")
    ns.wait_for_log("finding=ImageMoved")
    assert "may not read the pull secret" not in ns.puller_logs()


def test_a_tag_that_vanished_freezes_its_image(ns, nodes):
    reference = new_reference("vanishing")
    digest = make_image(reference)
    ns.install({"images": as_setting({"vanishing": reference}), "cachingIntervalHours": SHORT_HOURS,
                "insecureRegistries": REGISTRY})
    ns.wait_until_ready(nodes)
    record(ns)
    delete_manifest(reference, digest)

    ns.wait_for_log("finding=TagMissing")
    generation = ns.daemonset()["metadata"]["generation"]
    wait_for_questions(reference, 2)  # it stays so
    found = ns.get("daemonsets", NAME)
    assert found["metadata"]["generation"] == generation
    assert found["status"]["numberReady"] == len(nodes)


def test_an_image_that_nobody_has_is_left_out_holds_up_nothing_and_comes_when_it_is_pushed(ns, nodes):
    images = {"good": new_reference("good"), "misspelled": new_reference("misspelled")}
    make_image(images["good"])
    ns.install({"images": as_setting(images), "cachingIntervalHours": SHORT_HOURS, "insecureRegistries": REGISTRY})
    ns.wait_for_log("finding=ImageLeftOut", "misspelled")
    ns.wait_until_ready(nodes, {"good": images["good"]})
    with ns.watch("pods", POD_LABELS) as watch:
        moved = make_image(images["good"])
        wait_until(lambda: {node_images(node).get(images["good"]) for node in nodes} == {moved}, poll=1,
                   message="the new digest on every node")
        ns.wait_until_ready(nodes, {"good": images["good"]})
        watch.assert_alive()
        assert gaps(watch.events, nodes) == []

    pushed = make_image(images["misspelled"])
    ns.wait_until_ready(nodes, images)
    assert {node_images(node).get(images["misspelled"]) for node in nodes} == {pushed}
