"""On which nodes images are cached."""
import json

import pytest

from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME
from kube.nodes import node_images
from kube.shell import kubectl
from kube.wait import wait_until


@pytest.fixture
def images():
    images = {"one": new_reference()}
    make_image(images["one"])
    return images


@pytest.fixture
def tainted(ns, nodes):
    """One node gets a taint of this test: (node, key)."""
    key = f"kip-e2e/{ns.name}"
    kubectl("taint", "node", nodes[0], f"{key}=yes:NoSchedule")
    yield nodes[0], key
    kubectl("taint", "node", nodes[0], f"{key}-", check=False)


def test_a_node_selector_limits_the_nodes(ns, nodes, images, labelled):
    node, key = labelled
    ns.install({"images": as_setting(images), "nodeSelector": {key: "yes"}})

    ns.wait_until_ready([node], images)
    ns.wait_for_log("every image is on every node", "nodes=1")
    assert [n for n in nodes if images["one"] in node_images(n)] == [node]

    ns.change_settings(NODE_SELECTOR=json.dumps({key: "another"}))
    ns.wait_for_log("no node matches NODE_SELECTOR, AFFINITY and TOLERATIONS")


def test_an_affinity_limits_the_nodes(ns, nodes, images, labelled):
    node, key = labelled
    others = {"matchExpressions": [{"key": key, "operator": "DoesNotExist"}, {
        "key": "kubernetes.io/hostname", "operator": "In", "values": nodes}]}
    ns.install({"images": as_setting(images), "affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [others]}}}})

    ns.wait_until_ready([n for n in nodes if n != node], images)


@pytest.mark.alone
def test_a_tainted_node_is_left_out_until_its_taint_is_tolerated(ns, nodes, images, tainted):
    node, key = tainted
    ns.install({"images": as_setting(images)})
    ns.wait_until_ready([n for n in nodes if n != node], images)

    ns.change_settings(TOLERATIONS=json.dumps([{"key": key, "operator": "Equal", "value": "yes",
                                                "effect": "NoSchedule"}]))

    ns.wait_until_ready(nodes, images)
    wait_until(lambda: ns.get("daemonsets", NAME)["status"]["numberReady"] == len(nodes))
