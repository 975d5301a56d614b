"""The first creation: no more nodes pull at once than MAX_NODES_PULLING says, though Kubernetes would start all."""
from kip.images import as_setting, make_image, new_reference
from kip.namespace import POD_LABELS, is_ready
from kube.wait import wait_until


def holds(pod, images):
    return {c["name"] for c in pod["spec"]["containers"]} == set(images)


def most_at_once(events, images):
    """On how many nodes at most there was a pod with the images that was not Ready yet, and not about to go."""
    pulling, most = set(), 0
    for event in events:
        if not holds(event.object, images):
            continue
        gone = event.type == "DELETED" or "deletionTimestamp" in event.object["metadata"]
        (pulling.discard if gone or is_ready(event.object) else pulling.add)(event.uid)
        most = max(most, len(pulling))
    return most


def test_at_the_first_creation_one_node_after_the_other_pulls(ns, nodes):
    images = {"one": new_reference(), "two": new_reference()}
    for reference in images.values():
        make_image(reference)
    with ns.watch("pods", POD_LABELS) as pods, ns.watch("daemonsets") as daemonsets:
        ns.install({"images": as_setting(images), "maxNodesPulling": "1"})
        ns.wait_until_ready(nodes, images)
        wait_until(lambda: {e.object["spec"].get("nodeName") for e in pods.events
                            if holds(e.object, images) and is_ready(e.object)} == set(nodes), message="the watch")
        pods.assert_alive()
        daemonsets.assert_alive()
    assert most_at_once(pods.events, images) == 1
    assert len({e.uid for e in pods.events if holds(e.object, images)}) == len(nodes), "no pod is replaced for it"
    assert {e.uid for e in daemonsets.events if e.type == "ADDED"} == {ns.daemonset()["metadata"]["uid"]}
    ns.wait_for_log("finding=FirstPullWaits", f"of {len(nodes)} nodes run it")
    ns.wait_for_log("finding=FirstPull ", f"{len(nodes)} nodes, 1 at a time")
    ns.wait_for_log("every image is on every node", f"images={len(images)}")
