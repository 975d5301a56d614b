"""The DaemonSet outlives the puller's pod, and goes with its Deployment."""
import pytest

from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME, is_ready
from kube.shell import helm, kubectl
from kube.wait import wait_until


@pytest.fixture
def images():
    images = {"one": new_reference()}
    make_image(images["one"])
    return images


@pytest.fixture
def running(ns, nodes, images):
    """The puller with one image, all running: (uid of the DaemonSet, uids of its pods)."""
    ns.install({"images": as_setting(images)})
    pods = ns.wait_until_ready(nodes, images)
    return ns.daemonset()["metadata"]["uid"], identities(pods)


def identities(pods):
    """The pods, and their containers: other ones after a restart."""
    return {(pod["metadata"]["uid"], status["containerID"]) for pod in pods
            for status in pod["status"]["containerStatuses"]}


def puller_uids(ns):
    return {pod["metadata"]["uid"] for pod in ns.puller_pods() if is_ready(pod)}


def wait_for_new_puller(ns, before):
    """Waits for one puller pod that was not there before, at work: it has looked at the DaemonSet."""
    wait_until(lambda: (now := puller_uids(ns)) and len(ns.puller_pods()) == 1 and not now & before and now,
               message="a new puller pod")
    ns.wait_for_log("every image is on every node")


def test_a_restarted_puller_leaves_daemonset_and_pods_alone(ns, nodes, running):
    before = puller_uids(ns)

    ns.kubectl("rollout", "restart", "deployment", NAME)

    wait_for_new_puller(ns, before)
    assert (ns.daemonset()["metadata"]["uid"], identities(ns.wait_until_ready(nodes))) == running


@pytest.mark.alone
def test_a_drained_node_leaves_daemonset_and_pods_alone(ns, nodes, running):
    before = puller_uids(ns)
    node = ns.puller_pods()[0]["spec"]["nodeName"]
    try:
        kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s")
        wait_for_new_puller(ns, before)
        assert ns.puller_pods()[0]["spec"]["nodeName"] != node
        assert (ns.daemonset()["metadata"]["uid"], identities(ns.wait_until_ready(nodes))) == running
    finally:
        kubectl("uncordon", node)


def is_gone(ns):
    return ns.daemonset() is None and not ns.pods()


def test_a_deployment_scaled_to_zero_takes_the_daemonset_with_it_and_brings_it_back(ns, nodes, images, running):
    ns.kubectl("scale", "deployment", NAME, "--replicas=0")
    wait_until(lambda: is_gone(ns), message="DaemonSet and pods to go")

    ns.kubectl("scale", "deployment", NAME, "--replicas=1")
    ns.wait_until_ready(nodes, images)
    assert ns.daemonset()["metadata"]["uid"] != running[0]


def test_a_deleted_deployment_takes_the_daemonset_with_it(ns, running):
    ns.kubectl("delete", "deployment", NAME)
    wait_until(lambda: is_gone(ns) and not ns.puller_pods(), message="DaemonSet and pods to go")


def test_helm_uninstall_leaves_nothing_behind(ns, running):
    helm("uninstall", NAME, "-n", ns.name)

    wait_until(lambda: not ns.left(), lambda: f"nothing to be left: {ns.left()}")
