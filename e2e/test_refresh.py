"""What a refresh does to the pods that hold the images, and to the images."""
from kip.coverage import gaps, refreshes
from kip.images import as_setting, make_image, new_reference
from kip.namespace import FIRST_PULL, NAME, POD_LABELS
from kube.nodes import node_images
from kube.wait import wait_until

SHORT_HOURS = "0.0025"  # 9 seconds


def test_a_rolling_refresh_never_leaves_a_node_without_a_running_pod(ns, nodes):
    """Judged from every event of every pod over two refreshes."""
    images = {"one": new_reference(), "two": new_reference()}
    for reference in images.values():
        make_image(reference)
    with ns.watch("pods", POD_LABELS) as watch:
        ns.install({"images": as_setting(images), "cachingIntervalHours": SHORT_HOURS})
        before = ns.wait_for_daemonset()
        third = wait_until(lambda: (refreshes(watch.events) + [None] * 3)[2], message="two refreshes")
        ended = lambda: {e.object["spec"].get("nodeName") for e in watch.events if e.type == "DELETED"}
        wait_until(lambda: ended() == set(nodes), message="a pod of each node to be replaced")
        ns.wait_for_log("finding=Refresh", "replacing pods node by node")

        def third_is_everywhere():
            """On every node a Ready pod of the second refresh, or of a later one, has been seen."""
            ready = {e.object["spec"]["nodeName"] for e in watch.events
                     if refreshes([e]) >= [third] and any(c["type"] == "Ready" and c["status"] == "True"
                                                          for c in e.object["status"].get("conditions", []))}
            return ready == set(nodes)
        wait_until(third_is_everywhere, message="the second refresh on every node")
        watch.assert_alive()
        events = list(watch.events)

    assert gaps(events, nodes) == []
    after = ns.daemonset()
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_recreate_deletes_the_daemonset_and_makes_it_anew_each_interval(ns, nodes):
    """As the Go version does, one after another; but in the background, so that no pod holds up the next one."""
    images = {"one": new_reference()}
    make_image(images["one"])
    with ns.watch("daemonsets") as watch:
        ns.install({"images": as_setting(images), "cachingIntervalHours": SHORT_HOURS, "refreshStrategy": "Recreate"})
        uids = lambda: list(dict.fromkeys(e.uid for e in watch.events))
        wait_until(lambda: len(uids()) >= 3, message="two refreshes")
        watch.assert_alive()
        events = list(watch.events)
    for uid in uids()[:2]:
        assert any(e.uid == uid and e.type == "DELETED" for e in events)
        assert not any("foregroundDeletion" in e.object["metadata"].get("finalizers", []) for e in events)
        assert {e.object["metadata"]["generation"] for e in events
                if e.uid == uid and "deletionTimestamp" not in e.object["metadata"]
                and FIRST_PULL not in e.object["metadata"]["annotations"]} == {2 if uid == uids()[0] else 1}, \
            "never changed in place once it had its images; how many nodes there are is not known only at first"
    ns.wait_for_log("finding=Refresh", "recreating the DaemonSet")
    ns.wait_until_ready(nodes, images)


def test_a_moved_tag_is_pulled_again_on_refresh(ns, nodes):
    reference = new_reference("moving")
    first = make_image(reference)
    ns.install({"images": as_setting({"moving": reference}), "cachingIntervalHours": SHORT_HOURS})
    ns.wait_until_ready(nodes)
    assert {node_images(node).get(reference) for node in nodes} == {first}
    uid = ns.daemonset()["metadata"]["uid"]

    second = make_image(reference)

    assert second != first
    wait_until(lambda: {node_images(node).get(reference) for node in nodes} == {second}, poll=1,
               message="the new digest on every node")
    assert ns.get("daemonsets", NAME)["metadata"]["uid"] == uid
