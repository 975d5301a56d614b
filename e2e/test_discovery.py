"""Images that workloads use are on the nodes before their pods."""
import json

import pytest

from kip.images import make_image, new_reference
from kip.namespace import NAME, Namespace
from kube.nodes import node_images
from kube.shell import kubectl
from kube.wait import wait_until

LIST = f"{NAME}-discovered"


@pytest.fixture
def spaces():
    """Two namespaces of workloads, without Pod Security."""
    found = [Namespace(restricted=False), Namespace(restricted=False)]
    yield found
    for space in found:
        space.remove()


def an_image():
    reference = new_reference()
    make_image(reference)
    return reference


def deployment(name, image, **spec):
    """Of 0 replicas."""
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "c", "image": image}], **spec}}}}


def images_of(daemonset):
    return {c["image"] for c in daemonset["spec"]["template"]["spec"]["containers"]}


def stored(ns):
    found = ns.get("configmaps", LIST)
    return {each["image"]: each for each in json.loads(found["data"]["images.json"])["images"]} if found else {}


def test_images_are_there_before_the_first_pod_and_go_when_they_are_forgotten(ns, spaces, nodes):
    shop, ignored = spaces
    first, second, other = an_image(), an_image(), an_image()
    shop.apply(deployment("first", first))
    ignored.apply(deployment("other", other))

    ns.install({"discoverNamespaces": f"{shop.name} {ignored.name} {ns.name}-later", "discoverForgetAfter": "25s",
                "discoverIgnoreNamespaces": ignored.name, "discoverGather": "1s"})
    ns.wait_for_log("every image is on every node", "images=2")
    assert all(first in node_images(node) for node in nodes) and not shop.items("pods")
    assert not any(other in node_images(node) for node in nodes)

    # A template that changes.
    shop.apply(deployment("first", second))
    ns.wait_for_daemonset(lambda found: second in images_of(found), "the new image")
    assert first in images_of(ns.daemonset()), "it is not forgotten yet"
    wait_until(lambda: all(second in node_images(node) for node in nodes), message="the image on the nodes")
    assert not shop.items("pods")

    # A restart in between loses nothing.
    shop.kubectl("delete", "deployment", "first")
    wait_until(lambda: "unusedSince" in stored(ns).get(second, {}), message="the list that knows of its end")
    ns.kubectl("delete", "pods", "-l", f"app={NAME}")
    ns.wait_for_log("discovered images", second)
    assert second in images_of(ns.daemonset())
    ns.wait_for_daemonset(lambda found: second not in images_of(found), "the DaemonSet without what is forgotten")
    assert not stored(ns)


def test_what_a_workload_of_some_nodes_uses_is_on_these_alone(ns, spaces, nodes):
    shop = spaces[0]
    image = an_image()
    key = f"kip-e2e/{ns.name}"
    kubectl("label", "node", nodes[0], f"{key}=yes")
    try:
        shop.apply(deployment("some", image, nodeSelector={key: "yes"}))
        ns.install({"discoverNamespaces": shop.name, "discoverGather": "1s", "discoverPlacement": "matching"})
        wait_until(lambda: image in node_images(nodes[0]), message="the image on the node of its workload")
        ns.wait_for_log("every image is on every node", "nodes=1")
        assert not any(image in node_images(node) for node in nodes[1:])
    finally:
        kubectl("label", "node", nodes[0], f"{key}-")
