"""A policy of the cluster's owner refuses an image: what is cached stays, and one reads why."""
from kip.coverage import gaps
from kip.images import REGISTRY, as_setting, make_image, new_reference
from kip.namespace import ACCOUNT, POD_LABELS
from kip.policy import NOT_FROM_HERE, policy
from kube.audit import AuditLog, has_audit_log
from kube.wait import wait_until

ONLY_OURS = f"object.spec.template.spec.containers.all(c, c.image.startsWith('{REGISTRY}/'))"
WORDS = "images come from the registry of this cluster"
LONGEST_EDIT_SECONDS = 15  # a second or two on a quiet machine


def containers(daemonset):
    return {c["name"]: c["image"] for c in daemonset["spec"]["template"]["spec"]["containers"]}


def losses(daemonsets, pods, nodes):
    """Every deletion of the DaemonSet, and every time in which a node had no running pod of it."""
    return [(e.type, e.uid) for e in daemonsets.events
            if e.type == "DELETED" or "deletionTimestamp" in e.object["metadata"]] + gaps(list(pods.events), nodes)


def test_an_image_that_a_policy_refuses_takes_none_from_a_node(ns, nodes):
    good = {"one": new_reference()}
    more = {**good, "two": new_reference()}
    for reference in more.values():
        make_image(reference)
    ns.install({"images": as_setting(good)})
    ns.wait_until_ready(nodes, good)
    with policy(ns.name, ONLY_OURS, WORDS), ns.watch("daemonsets") as daemonsets, \
            ns.watch("pods", POD_LABELS) as pods:
        wait_until(lambda: daemonsets.events and len(pods.events) >= len(nodes), message="the watches")

        ns.change_settings(IMAGES=as_setting({**good, "elsewhere": NOT_FROM_HERE}))

        told = lambda: [line for line in ns.puller_logs().splitlines()
                        if "level=warning" in line and "finding=Refused" in line and WORDS in line]
        lost = lambda: losses(daemonsets, pods, nodes)
        wait_until(lambda: told() or lost(), timeout=60, message="the policy's words in the log")
        assert lost() == [], ns.puller_logs()
        wait_until(lambda: [e for e in ns.items("events") if e["type"] == "Warning" and WORDS in e["message"]],
                   timeout=30, message="the policy's words in a Warning")
        if has_audit_log():  # it is offered again, each time later
            audit = AuditLog(ns.name, ACCOUNT)
            offers = lambda: [uri for _, uri in audit.refused() if "/daemonsets" in uri]
            wait_until(lambda: len(offers()) >= 3, timeout=60, message="another offer")
        assert len(told()) == 1, ns.puller_logs()

        ns.change_settings(IMAGES=as_setting(more))
        ns.wait_for_daemonset(lambda d: containers(d) == more, timeout=LONGEST_EDIT_SECONDS)
        ns.wait_until_ready(nodes, more)
        assert lost() == []
        daemonsets.assert_alive()
        pods.assert_alive()
    assert "verbs: [update]" not in ns.puller_logs(), "the Role lacks nothing"
