"""Settings: an edit of the ConfigMap takes effect at once, and a bad one does no harm."""
import json

from kip.images import as_setting, make_image, new_reference
from kip.namespace import ACCOUNT
from kube.audit import AuditLog, has_audit_log
from kube.wait import wait_until

LONGEST_EDIT_SECONDS = 30  # a second or two on a quiet machine


def restarts(ns):
    return [(pod["metadata"]["uid"], [s["restartCount"] for s in pod["status"]["containerStatuses"]])
            for pod in ns.puller_pods()]


def test_an_edit_of_the_configmap_takes_effect_without_a_restart(ns, nodes):
    first, second = {"one": new_reference()}, {"one": new_reference(), "two": new_reference()}
    for reference in {*first.values(), *second.values()}:
        make_image(reference)
    ns.install({"images": as_setting(first)})
    ns.wait_until_ready(nodes, first)
    before, uid = restarts(ns), ns.daemonset()["metadata"]["uid"]

    ns.change_settings(IMAGES=as_setting(second))
    ns.wait_for_daemonset(lambda d: [c["image"] for c in d["spec"]["template"]["spec"]["containers"]]
                          == list(second.values()), timeout=LONGEST_EDIT_SECONDS)
    ns.wait_for_log("the ConfigMap was changed; taking the new settings")

    ns.change_settings(IMAGES="no equals sign here", CACHING_MEMORY_LIMIT="much")
    ns.wait_for_log("level=error", "name=CACHING_MEMORY_LIMIT", "much", timeout=LONGEST_EDIT_SECONDS)
    ns.wait_for_log("level=error", "cannot be used; keeping the last ones", timeout=LONGEST_EDIT_SECONDS)
    ns.wait_until_ready(nodes, second)

    ns.change_settings(IMAGES=as_setting(first), CACHING_MEMORY_LIMIT="22Mi")
    pods = ns.wait_until_ready(nodes, first)
    assert {p["spec"]["containers"][0]["resources"]["limits"]["memory"] for p in pods} == {"22Mi"}
    assert ns.daemonset()["metadata"]["uid"] == uid
    assert restarts(ns) == before


def test_a_bad_configuration_ends_with_78_names_every_problem_and_touches_nothing(ns):
    objects = ns.template({})
    bad = {"IMAGES": ";=;nothing;", "CACHING_INTERVAL_HOURS": "soon", "CACHING_MEMORY_LIMIT": "much",
           "NODE_SELECTOR": "{not json", "REFRESH_STRATEGY": "Sometimes", "DAEMONSET_NAME": "Not A Name"}
    next(o for o in objects if o["kind"] == "ConfigMap")["data"].update(bad)  # the chart would refuse them itself
    ns.apply(*objects)

    def code():
        for pod in ns.puller_pods():
            for status in pod["status"].get("containerStatuses", []):
                for state in (status["state"], status["lastState"]):
                    if "terminated" in state:
                        return state["terminated"]["exitCode"]
        return None
    assert wait_until(code, message="the container's end") == 78
    ns.wait_for_log("nothing in the cluster was touched")
    said = ns.puller_logs()
    for name in bad:
        assert any("level=error" in line and f"name={name} " in line for line in said.splitlines()), f"{name}: {said}"
    assert ns.items("daemonsets") == []
    if has_audit_log():
        assert AuditLog(ns.name, ACCOUNT).writes() == []


def test_a_value_that_only_the_api_server_can_judge_is_reported_in_its_words_and_can_be_cured(ns, nodes):
    images = {"one": new_reference()}
    make_image(images["one"])
    misspelled = {"nodeAfinity": {}}
    ns.install({"images": as_setting(images), "affinity": misspelled})
    ns.wait_for_log("level=warning", "finding=Refused", "POST", "nodeAfinity")
    assert ns.daemonset() is None

    # Known, but not valid: another answer of the server.
    bad_operator = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "Resembles", "values": ["linux"]}]}]}}}
    ns.change_settings(AFFINITY=json.dumps(bad_operator))
    ns.wait_for_log("level=warning", "finding=Refused", "Resembles")
    assert ns.daemonset() is None

    ns.change_settings(AFFINITY=json.dumps(bad_operator).replace("Resembles", "In"))
    ns.wait_for_daemonset(timeout=LONGEST_EDIT_SECONDS)
    ns.wait_until_ready(nodes, images)
