"""Registries that are hard to reach, or in trouble: what the service does, and what it leaves alone."""
import os

import pytest

from faults.certs import Authority
from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME
from kip.registry import HOST, Proxy
from kube.nodes import ctr, node_images
from kube.wait import wait_until

SHORT_HOURS = "0.0025"  # 9 seconds

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ,
                                reason="nodes of the local cluster alone can be told of a registry")


@pytest.fixture
def registry():
    with Proxy() as made:
        yield made


def questions(registry):
    return len(registry.for_manifests(is_of_service=True))


def recorded(ns):
    """The digest that the DaemonSet has of its one image; None: none yet."""
    annotations = (ns.get("daemonsets", NAME) or {"metadata": {}})["metadata"].get("annotations", {})
    values = [value for key, value in annotations.items() if key.startswith("image.che.eclipse.org/")]
    return values[0].split()[0] if values and values[0].startswith("sha256:") else None


def installed(ns, nodes, registry, **parts):
    """One image of this registry, on every node, and its digest known. Returns the reference."""
    elsewhere = new_reference()
    first = make_image(elsewhere)
    reference = elsewhere.replace(elsewhere.split("/")[0], registry.address)
    ns.install({"images": as_setting({"one": reference}), "cachingIntervalHours": SHORT_HOURS,
                "insecureRegistries": registry.address}, **parts)
    ns.wait_until_ready(nodes)
    wait_until(lambda: recorded(ns) == first, message=f"the digest {first} to be recorded")
    return elsewhere, reference


def test_a_registry_that_goes_away_freezes_what_is_and_then_is_followed_again(ns, nodes, registry):
    elsewhere, reference = installed(ns, nodes, registry)
    generation = ns.daemonset()["metadata"]["generation"]
    registry.trouble = (0, {})
    second = make_image(elsewhere)

    ns.wait_for_log("finding=RegistryUnreachable")
    found = ns.daemonset()
    assert found["metadata"]["generation"] == generation and found["status"]["numberReady"] == len(nodes)

    registry.trouble = None
    wait_until(lambda: {node_images(node).get(reference) for node in nodes} == {second}, poll=1,
               message="the new digest on every node")


def test_a_container_that_ends_while_its_registry_is_away_is_told_to_have_its_image_on_disk(ns, nodes, registry):
    """As after a node's reboot: the kubelet asks the registry before it starts the container again."""
    _, reference = installed(ns, nodes, registry)
    registry.trouble, registry.is_for_nodes = (0, {}), True
    status = next(pod["status"] for pod in ns.pods() if pod["spec"]["nodeName"] == nodes[0])
    container = next(c["containerID"] for c in status["containerStatuses"] if c["name"] == "one")
    ctr(nodes[0], "task", "kill", "--signal", "SIGKILL", container.removeprefix("containerd://"))

    line = ns.wait_for_log("on disk, registry unreachable")
    assert nodes[0] in line
    assert reference in node_images(nodes[0])
    registry.trouble = None
    ns.wait_until_ready(nodes)


def test_a_registry_that_says_slow_down_is_left_alone_for_as_long_as_it_says(ns, nodes, registry):
    elsewhere, reference = installed(ns, nodes, registry)
    generation = ns.daemonset()["metadata"]["generation"]
    before = questions(registry)
    registry.trouble = (429, {"Retry-After": "25"})
    wait_until(lambda: questions(registry) > before, message="a question that is told to wait")
    told = registry.for_manifests(is_of_service=True)[-1].at
    registry.trouble = None
    second = make_image(elsewhere)

    wait_until(lambda: {node_images(node).get(reference) for node in nodes} == {second}, poll=1,
               message="the new digest on every node")
    ns.wait_for_log("a registry limits its requests")
    after = [asked.at - told for asked in registry.for_manifests(is_of_service=True, since=told) if asked.at > told]
    assert min(after) >= 25
    assert ns.daemonset()["metadata"]["generation"] == generation + 1, "the limit itself changes nothing"


def test_a_registry_is_reached_through_the_proxy_of_the_environment(ns, nodes, registry):
    reference = new_reference()
    first = make_image(reference)
    ns.install({"images": as_setting({"one": reference}), "insecureRegistries": reference.split("/")[0]},
               extraEnv=[{"name": "HTTP_PROXY", "value": f"http://{registry.address}"}])
    ns.wait_until_ready(nodes)
    wait_until(lambda: recorded(ns) == first, message=f"the digest {first} to be recorded")
    assert [(asked.method, asked.repository) for asked in registry.for_manifests(is_of_service=True)] == [
        ("HEAD", reference.split("/", 1)[1].rpartition(":")[0])]


def test_a_registry_of_a_private_authority_is_trusted_by_its_configmap(ns, nodes, tmp_path):
    authority = Authority(tmp_path)
    with Proxy(authority.issue("registry", f"IP:{HOST}")) as registry:
        elsewhere = new_reference()
        first = make_image(elsewhere)
        settings = {"images": as_setting({"one": elsewhere.replace(elsewhere.split("/")[0], registry.address)})}
        ns.install(settings)
        ns.wait_for_log("a registry cannot be asked from here", registry.address)
        assert recorded(ns) is None

        ns.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "our-ca"},
                  "data": {"ca.crt": authority.certificate.read_text()}})
        ns.install(settings, registryCAConfigMap="our-ca")
        ns.wait_until_ready(nodes)
        wait_until(lambda: recorded(ns) == first, message=f"the digest {first} to be recorded")
