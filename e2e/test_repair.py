"""Whatever others do to the DaemonSet, it is soon as it should be; and what is not ours stays as it is."""
import json

import pytest

from kip.images import as_setting, make_image, new_reference
from kip.namespace import ACCOUNT, NAME, POD_LABELS, is_ready
from kube.audit import AuditLog, has_audit_log
from kube.wait import wait_until

LONGEST_REPAIR_SECONDS = 5  # far above what `make bench` measures, for a busy machine


def install_one(ns, nodes):
    """The puller with one image, all running. Returns the DaemonSet."""
    images = {"one": new_reference()}
    make_image(images["one"])
    ns.install({"images": as_setting(images)})
    ns.wait_until_ready(nodes, images)
    return ns.daemonset()


@pytest.mark.parametrize("how", ["background", "foreground", "orphan"])
def test_a_deleted_daemonset_is_made_again_at_once(ns, nodes, how):
    before = install_one(ns, nodes)
    with ns.watch("daemonsets") as watch:
        watch.wait_for(lambda e: e.uid == before["metadata"]["uid"])

        ns.kubectl("delete", "daemonset", NAME, f"--cascade={how}", "--wait=false")

        gone = watch.wait_for(lambda e: e.type == "DELETED")
        again = watch.wait_for(lambda e: e.type == "ADDED" and e.uid != before["metadata"]["uid"])
        assert again.time - gone.time <= LONGEST_REPAIR_SECONDS
        assert again.object["spec"]["template"]["spec"] == before["spec"]["template"]["spec"]
        watch.assert_alive()
    owners = lambda: [[owner["uid"] for owner in pod["metadata"].get("ownerReferences", [])] for pod in ns.pods()]
    wait_until(lambda: owners() == [[again.uid]] * len(nodes), "the pods to be the new DaemonSet's, adopted or made")
    ns.wait_until_ready(nodes)


def container(spec):
    return spec["spec"]["template"]["spec"]["containers"][0]


# What somebody does, as a JSON merge patch or a JSON patch, and how to tell that it is still there.
EDITS = {
    "image": ("json", [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "other/image:1"}],
              lambda d: container(d)["image"] == "other/image:1"),
    "added container": ("json", [{"op": "add", "path": "/spec/template/spec/containers/-",
                                  "value": {"name": "extra", "image": "other/image:1", "securityContext": {
                                      "runAsNonRoot": True}}}],
                        lambda d: len(d["spec"]["template"]["spec"]["containers"]) > 1),
    "our label": ("merge", {"metadata": {"labels": {"app.kubernetes.io/managed-by": "somebody"}}},
                  lambda d: d["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "somebody"),
    "our label taken away": ("merge", {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
                             lambda d: "app.kubernetes.io/managed-by" not in d["metadata"]["labels"]),
    "our annotation": ("merge", {"metadata": {"annotations": {"ours": "theirs"}}},
                       lambda d: d["metadata"]["annotations"]["ours"] == "theirs"),
    "added toleration": ("merge", {"spec": {"template": {"spec": {"tolerations": [{"operator": "Exists"}]}}}},
                         lambda d: "tolerations" in d["spec"]["template"]["spec"]),
    "the pods' label": ("merge", {"spec": {"template": {"metadata": {"labels": {"theirs": "x"}}}}},
                        lambda d: "theirs" in d["spec"]["template"]["metadata"]["labels"]),
    "the owner taken away": ("merge", {"metadata": {"ownerReferences": None}},
                             lambda d: not d["metadata"].get("ownerReferences")),
    "update strategy": ("merge", {"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}},
                        lambda d: d["spec"]["updateStrategy"]["type"] == "OnDelete"),
}


def test_hand_edits_are_put_back_and_what_others_put_on_its_metadata_stays(ns):
    """No pod has to run for this: the images are not even there."""
    images = {"one": new_reference()}
    ns.install({"images": as_setting(images), "daemonsetAnnotations": {"ours": "yes"}})
    first = ns.wait_for_daemonset()
    others = {"labels": {"team": "a"}, "annotations": {"somebody.example/note": "kept"}}
    ns.kubectl("patch", "daemonset", NAME, "--type=merge", "-p", json.dumps({"metadata": others}))

    for name, (kind, patch, is_there) in EDITS.items():
        with ns.watch("daemonsets") as watch:
            watch.wait_for(lambda e: e.uid == first["metadata"]["uid"])
            ns.kubectl("patch", "daemonset", NAME, f"--type={kind}", "-p", json.dumps(patch))
            edited = watch.wait_for(lambda e, there=is_there: there(e.object), f"the edit: {name}")
            back = watch.wait_for(lambda e, there=is_there: not there(e.object), f"{name} put back",
                                  since=watch.events.index(edited))
            assert back.time - edited.time <= LONGEST_REPAIR_SECONDS, name
            watch.assert_alive()
        now = back.object
        assert now["spec"]["template"] == first["spec"]["template"], name
        assert now["spec"]["updateStrategy"] == first["spec"]["updateStrategy"], name
        assert now["metadata"]["ownerReferences"] == first["metadata"]["ownerReferences"], name
        assert now["metadata"]["annotations"]["ours"] == "yes", name
        assert now["metadata"]["uid"] == first["metadata"]["uid"], f"{name}: repaired, not created again"

    assert now["metadata"]["labels"]["team"] == "a"
    assert now["metadata"]["annotations"]["somebody.example/note"] == "kept"
    ns.wait_for_log("finding=Differs", "other/image:1", images["one"])  # says what was there and what is wanted


def test_a_rollout_restart_replaces_every_pod_once(ns, nodes):
    """It is what people use to have images pulled now."""
    restarted = lambda d: d["spec"]["template"]["metadata"].get("annotations", {}).get(
        "kubectl.kubernetes.io/restartedAt")
    manager = lambda d: d["metadata"]["labels"]["app.kubernetes.io/managed-by"]
    install_one(ns, nodes)
    before = {pod["metadata"]["uid"] for pod in ns.wait_until_ready(nodes)}
    with ns.watch("daemonsets") as daemonsets, ns.watch("pods", POD_LABELS) as pods:
        wait_until(lambda: {e.uid for e in pods.events} == before and daemonsets.events, message="the watches")

        ns.kubectl("rollout", "restart", "daemonset", NAME)

        asked = restarted(daemonsets.wait_for(lambda e: restarted(e.object)).object)
        ns.kubectl("rollout", "status", "daemonset", NAME, "--timeout=120s")
        # A change that does cost a write and no pod, so that all before it was surely seen.
        ns.kubectl("label", "daemonset", NAME, "app.kubernetes.io/managed-by=somebody", "--overwrite")
        edited = daemonsets.wait_for(lambda e: manager(e.object) == "somebody")
        daemonsets.wait_for(lambda e: manager(e.object) != "somebody", since=daemonsets.events.index(edited))
        ns.wait_until_ready(nodes)
        pods.assert_alive()
    assert restarted(ns.daemonset()) == asked, ns.puller_logs()
    assert len({e.uid for e in pods.events} - before) == len(nodes)


def test_changes_of_the_status_cost_no_write(ns, nodes):
    before = install_one(ns, nodes)
    audit = AuditLog(ns.name, ACCOUNT) if has_audit_log() else None
    writes = audit and audit.writes()

    with ns.watch("daemonsets") as watch:
        ns.kubectl("delete", "pods", "-l", "app.kubernetes.io/name=image-puller", "--wait=false")
        less = watch.wait_for(lambda e: e.object["status"]["numberReady"] < len(nodes), "the status to change")
        watch.wait_for(lambda e: e.object["status"]["numberReady"] == len(nodes), since=watch.events.index(less))
        watch.assert_alive()
    # A change that does cost a write, so that all before it was surely seen.
    ns.change_settings(CACHING_MEMORY_LIMIT="21Mi")
    after = ns.wait_for_daemonset(lambda d: container(d)["resources"]["limits"]["memory"] == "21Mi")

    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    if audit:  # which is written when the answer is sent
        wanted = [*writes, ("update", "daemonsets", NAME)]
        wait_until(lambda: len(audit.writes()) >= len(wanted), "the write in the audit log")
        assert audit.writes() == wanted


def test_a_daemonset_of_the_same_name_that_is_not_ours_is_left_alone(ns, nodes):
    labels = {"app": "somebody-elses"}
    ns.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": NAME}, "spec": {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {
            "nodeSelector": {"no-node": "has-this"},
            "containers": [{"name": "theirs", "image": "theirs/image:1"}]}}}})
    theirs = ns.wait_for_daemonset(lambda d: d["status"].get("observedGeneration") == d["metadata"]["generation"])
    images = {"one": new_reference()}
    make_image(images["one"])

    ns.install({"images": as_setting(images)})

    said = ns.wait_for_log("level=warning", "was not made by an image puller; leaving it alone")
    assert "DAEMONSET_NAME" in said, "the remedy is named"
    assert ns.daemonset()["metadata"]["resourceVersion"] == theirs["metadata"]["resourceVersion"]
    event = wait_until(lambda: [e for e in ns.items("events") if e["reason"] == "NotOurs"], message="the Event")
    assert event[0]["type"] == "Warning"

    ns.kubectl("delete", "daemonset", NAME)
    pods = ns.wait_until_ready(nodes, images)
    assert all(is_ready(pod) for pod in pods)
