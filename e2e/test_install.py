"""What an administrator gets from one helm command."""
from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME, is_ready
from kube.nodes import node_images
from kube.wait import wait_until


def test_images_are_in_the_container_runtime_of_every_node_after_helm_install(ns, nodes):
    """Also images that hold nothing that could run, and ones whose configuration names a user of its own, or root."""
    images = {name: new_reference(name) for name in ["scratch", "user-name", "user-id", "root", "large"]}
    digests = {
        images["scratch"]: make_image(images["scratch"]),
        images["user-name"]: make_image(images["user-name"], user="nobody-knows-me"),
        images["user-id"]: make_image(images["user-id"], user="12345:54321"),
        images["root"]: make_image(images["root"], user="0"),
        images["large"]: make_image(images["large"], size=16 << 20),
    }
    ns.install({"images": as_setting(images), "cachingCpuRequest": None, "cachingMemoryRequest": None})

    pods = ns.wait_until_ready(nodes, images)

    for node in nodes:
        held = node_images(node)
        assert {reference: held.get(reference) for reference in digests} == digests, f"on {node}"
    for pod in pods:
        assert all(status["ready"] for status in pod["status"]["containerStatuses"])
        assert all(status["restartCount"] == 0 for status in pod["status"]["containerStatuses"])
    # The namespace refuses what breaks Pod Security "restricted"; the puller itself passes too.
    wait_until(lambda: all(is_ready(pod) for pod in ns.puller_pods()), "the puller's own pod")
    daemonset = ns.daemonset()
    assert daemonset["metadata"]["ownerReferences"][0]["uid"] == ns.deployment()["metadata"]["uid"]
    ns.wait_for_log("every image is on every node", "images=5", f"nodes={len(nodes)}")
    said = ns.puller_logs()
    assert "level=error" not in said and "may not" not in said, f"the chart's Role is not enough: {said}"
    assert daemonset["metadata"]["name"] == NAME
