"""The requests of the service, one step each: how it is recognised, brought about, and seen to have been done."""
import dataclasses

from kube.wait import wait_until

from .world import IMAGE

OTHER_IMAGE = "registry.invalid/faults:2"
ODD_LABELS = {"app.kubernetes.io/name": "image-puller", "test": "daemonset-test", "more": "x"}


@dataclasses.dataclass
class Step:
    name: str
    method: str
    path: str                # a regular expression
    watch: bool = False
    is_optional: bool = False  # an extra: trouble with it stays out of the log, or is told at debug level
    prepare: callable = lambda case: None
    provoke: callable = lambda case: None
    prove: callable = lambda case: None
    deletes: int = 0

    def __str__(self):
        return self.name


def has_image(case, image):
    found = case.world.daemonset(case.name)
    return found and [c["image"] for c in found["spec"]["template"]["spec"]["containers"]] == [image]


def is_repaired(case):
    """A DaemonSet that is deleted by hand comes back: the watch works."""
    before = case.uid = case.world.await_daemonset(case.name)
    case.world.delete_daemonset(case.name)
    case.world.await_daemonset(case.name, other_than=before, more=lambda: case.puller.log)
    case.creates += 1


def spoil_image(case):
    case.world.await_daemonset(case.name)
    containers = case.world.daemonset(case.name)["spec"]["template"]["spec"]["containers"]
    containers[0]["image"] = OTHER_IMAGE
    case.world.api.patch(case.world.daemonset_path(case.name),
                         {"spec": {"template": {"spec": {"containers": containers}}}})


def image_is_back(case):
    wait_until(lambda: has_image(case, IMAGE), lambda: f"the image is not put back\n{case.puller.log}", 60)


def old_daemonset(case):
    """One with another selector, as only a delete can mend."""
    case.world.api.create(f"{case.world.apps}/daemonsets", {
        "metadata": {"name": case.name}, "spec": {"selector": {"matchLabels": ODD_LABELS}, "template": {
            "metadata": {"labels": ODD_LABELS},
            "spec": {"nodeSelector": {"kip-faults": "no-such-node"},
                     "containers": [{"name": "old", "image": IMAGE}]}}}})


def selector_is_ours(case):
    wait_until(lambda: "more" not in ((case.world.daemonset(case.name) or {}).get("spec") or {"selector": {
        "matchLabels": {"more": ""}}})["selector"]["matchLabels"],
        lambda: f"the old DaemonSet is still there\n{case.puller.log}", 90)


def pods_are_followed(case):
    if case.trouble.__name__ != "answer_403":  # asked again after minutes
        wait_until(lambda: case.proxy.those("GET", ".*/pods", watch=True, passed=True),
                   lambda: f"the pods are not watched\n{case.puller.log}")


def configmap_is_followed(case):
    if case.trouble.__name__ == "answer_403":
        return
    case.world.api.patch(f"{case.world.core}/configmaps/{case.name}", {"data": {"IMAGES": f"one={OTHER_IMAGE}"}})
    wait_until(lambda: has_image(case, OTHER_IMAGE), lambda: f"the ConfigMap's edit is not seen\n{case.puller.log}")


def events_go_on(case):
    """An Event that was refused is not sent again; the next one is."""
    if case.trouble.__name__ in ("answer_403", "silence"):
        return  # no Event for a while, as nobody takes it; what counts is that the rest goes on
    is_repaired(case)
    wait_until(lambda: case.proxy.those("POST", ".*/events", passed=True), "no Event after the trouble")


DAEMONSETS, ONE = r"/apis/apps/v1/.*/daemonsets", r"/apis/apps/v1/.*/daemonsets/[^/]+"
STEPS = [
    Step("openshift", "GET", r"/apis/route\.openshift\.io"),
    Step("deployment", "GET", r".*/deployments/[^/]+"),
    Step("list", "GET", DAEMONSETS, prove=is_repaired),
    Step("watch", "GET", DAEMONSETS, watch=True, prove=is_repaired),
    Step("create", "POST", DAEMONSETS),
    Step("replace", "PUT", ONE, provoke=spoil_image, prove=image_is_back),
    Step("delete", "DELETE", ONE, prepare=old_daemonset, prove=selector_is_ours, deletes=1),
    Step("pods-list", "GET", ".*/pods", is_optional=True, prove=pods_are_followed),
    Step("pods-watch", "GET", ".*/pods", watch=True, is_optional=True, prove=pods_are_followed),
    Step("configmap-list", "GET", ".*/configmaps", is_optional=True, prove=configmap_is_followed),
    Step("configmap-watch", "GET", ".*/configmaps", watch=True, is_optional=True, prove=configmap_is_followed),
    Step("events", "POST", ".*/events", is_optional=True, prove=events_go_on),
]
