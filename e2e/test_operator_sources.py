"""Resources of the operator that follow workloads and temporary lists, in their own namespace."""
import json
import os

import pytest
import yaml

from kip import BINARY, operator
from kip.docs import Reader
from kip.images import make_image, new_reference
from kip.namespace import NAME, Namespace
from kip.operator import image_list, resource, wait_for
from kube import client
from kube.client import path_of
from kube.nodes import node_images
from kube.shell import ROOT, CommandFailed, kubectl, run
from kube.wait import wait_until

SMALL = {"cachingCPURequest": ".001", "cachingMemoryRequest": "1Mi"}
RIGHTS = [ROOT / "deploy/operator" / name
          for name in ("rbac-discovery.yaml", "rbac-node-gate.yaml", "rbac-release-gate.yaml")]

pytestmark = pytest.mark.xdist_group("operator")  # there is one operator, and one resource definition, in a cluster


@pytest.fixture(scope="module", autouse=True)
def installed():
    operator.install()
    yield
    operator.uninstall()
    for file in RIGHTS:
        kubectl("delete", "--ignore-not-found", "-f", file)


@pytest.fixture
def other():
    """A namespace of somebody else's workloads."""
    space = Namespace(restricted=False)
    yield space
    space.remove()


@pytest.fixture
def reader(ns, tmp_path):
    return Reader(ns.name, tmp_path, new_reference("tools"))


def an_image(name):
    reference = new_reference(name)
    make_image(reference)
    return reference


def deployment(image, name="shop"):
    """Of 0 replicas."""
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": image}]}}}}


def images(ns):
    """Those that the DaemonSet holds, however it does."""
    pod = ns.daemonset()["spec"]["template"]["spec"]
    return {c["image"] for c in pod["initContainers"] + pod["containers"]} - {os.environ["KIP_E2E_IMAGE"]}


def test_without_the_rights_the_status_says_so_and_the_listed_images_are_held(ns):
    listed = an_image("listed")
    ns.apply(resource({**SMALL, "imageList": image_list({"listed": listed}), "discoverNamespaces": [ns.name],
                       "releaseGate": True}))
    wait_for(ns, "Degraded", "True", part="the operator may not list and watch cronjobs")
    wait_for(ns, "Degraded", "True", part="may not list and watch configmaps")
    wait_for(ns, "Ready", "True")
    assert images(ns) == {listed}


def test_images_of_its_own_namespace_are_on_the_nodes_before_any_pod_and_those_of_others_are_refused(
        ns, other, reader, nodes):
    listed, found, others = (an_image(name) for name in ("listed", "found", "others"))
    reader.runs("docs/operator.md", "Discover images")
    ns.apply(deployment(found))
    other.apply(deployment(others))
    page = reader.writes("docs/operator.md", "Discover images", "found.yaml")["spec"]
    spec = {**SMALL, **page, "imageList": image_list({"listed": listed}), "discoverNamespaces": [ns.name],
            "discoverGather": "1s"}
    ns.apply(resource(spec))
    wait_for(ns, "Ready", "True")
    wait_for(ns, "Degraded", "False")
    assert images(ns) == {listed, found} and not ns.items("pods", "app=shop")
    assert all(found in node_images(node) for node in nodes)
    assert {each["image"] for each in operator.status(ns)["images"]} == {listed, found}
    kept = ns.get("configmaps", f"{NAME}-discovered")
    assert kept["metadata"]["ownerReferences"][0]["kind"] == "KubernetesImagePuller"

    for namespaces in ([ns.name, other.name], ["*"]):
        ns.apply(resource({**spec, "discoverNamespaces": namespaces}))
        said = wait_for(ns, "Degraded", "True", part="spec.discoverNamespaces: ")["message"]
        assert f'"{namespaces[-1]}" is not the resource\'s own namespace; expected "{ns.name}" alone' in said
    assert images(ns) == {listed, found}
    assert others not in json.dumps(operator.status(ns))

    operator.set_environment(DISCOVER_ALLOWED_NAMESPACES=other.name)
    ns.apply(resource({**spec, "discoverNamespaces": [ns.name, other.name]}))
    wait_until(lambda: images(ns) == {listed, found, others}, message="the image of the namespace that is allowed")
    wait_for(ns, "Degraded", "False")


def test_a_temporary_list_warms_the_daemonset_of_a_resource(ns, reader, nodes):
    listed, coming = an_image("listed"), an_image("coming")
    reader.runs("docs/operator.md", "Warm before a release")
    ns.apply(resource({**SMALL, "imageList": image_list({"listed": listed}), "releaseGate": True}))
    wait_for(ns, "Ready", "True")

    done = run(BINARY, "warm", "-f", "-", "--wait", "--timeout", "90s", "--namespace", ns.name,
               stdin=yaml.safe_dump(deployment(coming)), check=False)

    assert done.returncode == 0, done
    assert all(coming in node_images(node) for node in nodes)
    assert images(ns) == {listed, coming}
    held, = ns.items("configmaps", "che.eclipse.org/image-puller-warm-list")
    assert held["metadata"]["ownerReferences"][0]["kind"] == "KubernetesImagePuller"


@pytest.mark.alone  # a node has a taint for a moment
def test_the_resource_that_the_operator_names_opens_nodes(ns, reader, nodes):
    key = f"kip-e2e/{ns.name}"
    taint, node = f"{key}:NoSchedule", nodes[0]
    read = lambda: client.current().get(path_of("nodes", name=node))
    spec = {**SMALL, "imageList": image_list({"listed": an_image("listed")})}
    ns.apply(resource(spec))
    wait_for(ns, "Ready", "True")
    ns.apply(resource({**spec, "nodeGateTaint": taint}))
    said = wait_for(ns, "Degraded", "True", part="spec.nodeGateTaint: ")["message"]
    assert taint in said and "NODE_GATE_RESOURCE is not set" in said
    reader.runs("docs/operator.md", "Open nodes that are warm")
    operator.set_environment(NODE_GATE_RESOURCE=f"{ns.name}/puller")
    wait_for(ns, "Degraded", "False")
    try:
        kubectl("taint", "node", node, taint)
        wait_until(lambda: key not in json.dumps(read()["spec"].get("taints", [])), message="the taint gone")
    finally:
        kubectl("taint", "node", node, f"{key}-", check=False)
    wait_until(lambda: ("ImagesWarm", "True") in {(c["type"], c["status"]) for c in read()["status"]["conditions"]},
               message="the condition")
    wait_for(ns, "Ready", "True")


BAD = [
    ({"discoverNamespaces": ["A_b"]}, "spec.discoverNamespaces[0]"),
    ({"discoverNamespaces": "a b"}, "spec.discoverNamespaces"),
    ({"discoverExclude": ["contains: x"]}, "spec.discoverExclude[0]"),
    ({"discoverMaxImages": 701}, "spec.discoverMaxImages"),
    ({"discoverPlacement": "some"}, "spec.discoverPlacement"),
    ({"releaseGate": "yes"}, "spec.releaseGate"),
    ({"nodeGateTaint": "mine/not-warm"}, "spec.nodeGateTaint"),
    ({"nodeGateImages": ["a;b"]}, "spec.nodeGateImages[0]"),
    ({"discoverKinds": "v1/secrets:.data"}, "discoverKinds"),
]


@pytest.mark.parametrize(("spec", "part"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_value_is_refused_with_the_fields_name(ns, spec, part):
    with pytest.raises(CommandFailed) as refused:
        ns.apply(resource({"images": "a=x", **spec}))
    assert part in str(refused.value)
