"""The chart in a cluster over time: install, upgrade, rollback, uninstall, helm test."""
import os
import uuid

import pytest

from kip.coverage import gaps
from kip.images import add_tags, make_image, new_reference, split
from kip.namespace import CONFIGMAP, NAME, POD_LABELS, is_ready
from kube.shell import CommandFailed, helm, kubectl
from kube.wait import wait_until

REFRESHED_AT = "che.eclipse.org/image-puller-refreshed-at"


def made_images(*names):
    images = {name: new_reference(name) for name in names}
    for reference in images.values():
        make_image(reference)
    return images


@pytest.fixture
def images():
    return made_images("one", "two")


def other_tag():
    """The service's image by another tag, as the chart's values name it: a new version, as the cluster sees it."""
    registry, path, tag = split(add_tags(os.environ["KIP_E2E_IMAGE"], [f"e2e-{uuid.uuid4().hex[:10]}"])[0])
    return {"repository": f"{registry}/{path}", "tag": tag}


def wait_for_new_puller(ns, before):
    wait_until(lambda: [p for p in ns.puller_pods() if is_ready(p)] and not
               {p["metadata"]["uid"] for p in ns.puller_pods()} & before, message="a new puller pod")


def puller_uids(ns):
    return {pod["metadata"]["uid"] for pod in ns.puller_pods()}


def test_install_upgrade_rollback_and_uninstall_keep_the_daemonset_and_then_leave_nothing(ns, nodes, images):
    ns.install({"images": images})
    ns.wait_until_ready(nodes, images)
    uid = ns.daemonset()["metadata"]["uid"]
    more = {**images, **made_images("three")}
    with ns.watch("pods", POD_LABELS) as watch:
        before = puller_uids(ns)
        ns.install({"images": [{"name": n, "image": r} for n, r in more.items()]}, image=other_tag())
        ns.wait_until_ready(nodes, more)
        wait_for_new_puller(ns, before)
        assert ns.daemonset()["metadata"]["uid"] == uid, "upgraded"

        before = puller_uids(ns)
        helm("rollback", NAME, "1", "-n", ns.name)
        ns.wait_until_ready(nodes, images)
        wait_for_new_puller(ns, before)
        assert ns.daemonset()["metadata"]["uid"] == uid, "rolled back"
        watch.assert_alive()
        assert gaps(watch.events, nodes) == []

    helm("test", NAME, "-n", ns.name)
    helm("uninstall", NAME, "-n", ns.name)

    wait_until(lambda: not ns.left(), lambda: f"nothing to be left: {ns.left()}")


def test_an_edited_value_counts_and_no_refresh_is_lost_or_repeated(ns, nodes, images):
    """Each upgrade replaces the service's pod; the schedule of refreshes goes on where it was."""
    ns.install({"images": images})
    ns.wait_until_ready(nodes, images)
    refreshed = lambda d: d["spec"]["template"]["metadata"]["annotations"][REFRESHED_AT]
    first = refreshed(ns.daemonset())

    before = puller_uids(ns)
    ns.install({"images": images, "cachingIntervalHours": 2})
    wait_for_new_puller(ns, before)
    ns.wait_for_log("every image is on every node")
    assert refreshed(ns.daemonset()) == first, "not due, so not refreshed"

    ns.install({"images": images, "cachingIntervalHours": 0.001})  # 3.6 s: long due
    ns.wait_for_daemonset(lambda d: refreshed(d) != first, "the refresh that is due")


def test_a_renamed_configmap_leaves_the_daemonset_alone(ns, nodes, images):
    ns.install({"images": images})
    ns.wait_until_ready(nodes, images)
    daemonset, before = ns.daemonset(), puller_uids(ns)

    ns.install({"images": images, "name": "other"})

    wait_for_new_puller(ns, before)
    ns.wait_for_log("every image is on every node")
    after = ns.daemonset()
    assert (after["metadata"]["uid"], after["spec"]) == (daemonset["metadata"]["uid"], daemonset["spec"])
    assert ns.get("configmaps", CONFIGMAP) is None
    ns.kubectl("patch", "configmap", "other", "--type=merge", "-p", '{"data": {"CACHING_MEMORY_LIMIT": "21Mi"}}')
    ns.wait_for_daemonset(lambda d: d["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
                          == "21Mi", "an edit of the new ConfigMap to count")


def test_helm_test_fails_with_the_services_reason_where_a_setting_is_bad(ns, images):
    ns.install({"images": images})
    ns.wait_for_daemonset()
    ns.change_settings(NODE_SELECTOR="{not json")

    done = helm("test", NAME, "-n", ns.name, "--logs", check=False)

    assert done.returncode != 0
    assert "error: NODE_SELECTOR: line 1, column 2" in done.stdout, done
    ns.change_settings(NODE_SELECTOR=None)
    helm("test", NAME, "-n", ns.name)
    wait_until(lambda: ns.get("pods", f"{NAME}-check") is None, "what passed to be removed")


def test_the_pods_that_hold_images_have_the_priority_class(ns, nodes, images):
    """Another one than the service's pod."""
    name = f"{ns.name}-cached"
    ns.apply({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": -7})
    try:
        ns.install({"images": images, "priorityClassName": name})
        pods = ns.wait_until_ready(nodes, images)
        assert {(p["spec"].get("priorityClassName"), p["spec"]["priority"]) for p in pods} == {(name, -7)}
        assert {p["spec"]["priority"] for p in ns.puller_pods()} == {0}
    finally:
        kubectl("delete", "priorityclass", name)


def test_what_the_schema_refuses_is_not_installed(ns):
    with pytest.raises(CommandFailed, match="at '/configMap/cachingMemoryLimit': 'much'"):
        ns.install({"cachingMemoryLimit": "much"})
    assert ns.items("configmaps", "app.kubernetes.io/managed-by=Helm") == []
