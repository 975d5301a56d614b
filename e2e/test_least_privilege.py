"""An install that still has the Role of the Go version's chart, and no more."""
import json

import pytest

from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME, is_ready
from kube.wait import wait_until

OLD_RULES = [
    {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["create", "delete", "list", "watch", "get"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
]
# What is missing, each as the log's remedy names it.
EXTRAS = ["resources: [daemonsets], verbs: [update]", "resources: [pods], verbs: [list, watch]",
          "resources: [events], verbs: [create]", "resources: [configmaps], resourceNames: [k8s-image-puller]"]


def install_with_old_role(ns, images):
    objects = ns.template({"images": as_setting(images)})
    role = next(o for o in objects if o["kind"] == "Role")
    role["rules"] = OLD_RULES
    ns.apply(*objects)


@pytest.fixture
def images():
    images = {"one": new_reference()}
    make_image(images["one"])
    return images


def test_the_role_of_the_go_version_is_enough_for_the_old_job(ns, nodes, images):
    install_with_old_role(ns, images)
    ns.wait_until_ready(nodes, images)
    first = ns.daemonset()
    assert first["metadata"]["ownerReferences"][0]["uid"] == ns.deployment()["metadata"]["uid"]

    with ns.watch("daemonsets") as watch:
        ns.kubectl("delete", "daemonset", NAME)
        second = watch.wait_for(lambda e: e.type == "ADDED" and e.uid != first["metadata"]["uid"],
                                "the DaemonSet again")
        ns.wait_until_ready(nodes, images)

        # No watch on the ConfigMap: settings are read by the next pod, and a change is a delete and a create.
        old_pullers = {pod["metadata"]["uid"] for pod in ns.puller_pods()}
        before = ns.puller_logs()
        more = {**images, "two": new_reference()}
        make_image(more["two"])
        ns.change_settings(IMAGES=as_setting(more))
        ns.kubectl("rollout", "restart", "deployment", NAME)
        watch.wait_for(lambda e: e.type == "ADDED" and e.uid not in (first["metadata"]["uid"], second.uid),
                       "a DaemonSet of the new settings")
    ns.wait_until_ready(nodes, more)
    wait_until(lambda: [p for p in ns.puller_pods() if is_ready(p) and p["metadata"]["uid"] not in old_pullers])

    # A 403 to a list is believed after some seconds only.
    told = lambda: before + ns.puller_logs()
    wait_until(lambda: all(rule in told() for rule in EXTRAS), message="each missing rule to be told")
    after = ns.puller_logs()
    for rule in EXTRAS:
        assert before.count(rule) <= 1 and after.count(rule) <= 1, f"{rule}: told once, not again and again\n{after}"


def test_the_missing_rules_added_later_are_used_by_the_next_pod(ns, nodes, images):
    install_with_old_role(ns, images)
    uid = ns.wait_for_daemonset()["metadata"]["uid"]
    role = [o for o in ns.template({"images": as_setting(images)}) if o["kind"] == "Role"]
    ns.apply(*role)
    ns.kubectl("rollout", "restart", "deployment", NAME)
    ns.wait_until_ready(nodes, images)

    ns.kubectl("patch", "daemonset", NAME, "--type=merge", "-p",
               json.dumps({"spec": {"template": {"metadata": {"labels": {"theirs": "x"}}}}}))

    ns.wait_for_daemonset(lambda d: "theirs" not in d["spec"]["template"]["metadata"]["labels"])
    assert ns.daemonset()["metadata"]["uid"] == uid, "changed in place"
