"""Images that cannot be had: they hold nobody back, and one is told which, where and why."""
import os

from kip.images import PRIVATE_REGISTRY, as_setting, make_image, new_reference
from kube.nodes import node_images
from kube.wait import wait_until


def wait_until_on_nodes(reference, digest, nodes):
    wait_until(lambda: {node_images(node).get(reference) for node in nodes} == {digest}, poll=1,
               message=f"{reference} on every node")


def test_an_image_that_does_not_exist_does_not_hold_back_the_others(ns, nodes):
    missing, good = new_reference("missing"), new_reference("good")
    digest = make_image(good)
    # The missing one comes first, as the kubelet starts containers in this order.
    ns.install({"images": as_setting({"missing": missing, "good": good})})

    wait_until_on_nodes(good, digest, nodes)
    said = ns.wait_for_log("an image cannot be pulled", "name=missing", f"image={missing}", f"nodes={len(nodes)}")
    assert "reason=ErrImagePull" in said or "reason=ImagePullBackOff" in said
    assert all(node in said.split(" on=")[1] for node in nodes)
    assert "not found" in ns.puller_logs(), "the registry's own word"
    assert "every image is on every node" not in ns.puller_logs()

    late = make_image(missing)  # somebody pushes it after all

    wait_until_on_nodes(missing, late, nodes)
    ns.wait_for_log("no node reports trouble with an image any more", "name=missing")
    ns.wait_for_log("every image is on every node")


def test_a_missing_image_does_not_stop_a_roll_out_that_goes_node_by_node(ns, nodes):
    """With one node at a time, the first node that cannot become Ready would hold back all others for ever."""
    first, good, missing = new_reference("first"), new_reference("good"), new_reference("missing")
    make_image(first)
    digest = make_image(good)
    ns.install({"images": as_setting({"first": first}), "maxNodesPulling": "1"})
    ns.wait_until_ready(nodes, {"first": first})
    rolling = lambda: ns.daemonset()["spec"]["updateStrategy"]["rollingUpdate"]
    assert rolling()["maxSurge"] == 1

    ns.change_settings(IMAGES=as_setting({"missing": missing, "first": first, "good": good}))

    wait_until_on_nodes(good, digest, nodes)
    assert rolling()["maxSurge"] >= 2 and rolling()["maxUnavailable"] == 0
    make_image(missing)
    ns.wait_until_ready(nodes, {"missing": missing, "first": first, "good": good})
    wait_until(lambda: rolling()["maxSurge"] == 1, message="the limit to hold again")


def test_a_private_image_is_pulled_with_its_secret(ns, nodes):
    reference = new_reference("private", PRIVATE_REGISTRY)
    digest = make_image(reference)
    ns.create_pull_secret("for-registry")

    ns.install({"images": as_setting({"private": reference}), "imagePullSecrets": "for-registry;"})

    ns.wait_until_ready(nodes)
    assert {node_images(node).get(reference) for node in nodes} == {digest}
    assert os.environ["KIP_E2E_REGISTRY_PASSWORD"] not in ns.puller_logs()


def test_a_private_image_without_its_secret_is_named_with_what_the_registry_says(ns, nodes):
    reference = new_reference("private", PRIVATE_REGISTRY)
    make_image(reference)

    ns.install({"images": as_setting({"private": reference})})

    said = ns.wait_for_log("an image cannot be pulled", "name=private", "reason=ErrImagePull", f"image={reference}")
    assert "authorization failed" in said or "401" in said or "no basic auth" in said
    assert not any(reference in node_images(node) for node in nodes)
