"""Switching from the Go version: what it left is taken over as it runs."""
from kip.coverage import gaps
from kip.goversion import daemonset, image_with_shell
from kip.images import as_setting
from kip.namespace import NAME, POD_LABELS
from kube.wait import wait_until


def test_a_daemonset_of_the_go_version_is_taken_over_without_a_gap(lax_ns, nodes):
    ns = lax_ns  # the Go version's pods do not pass Pod Security
    base = image_with_shell()
    images = {"one": base}
    objects = ns.template({"images": as_setting(images)})
    next(o for o in objects if o["kind"] == "Deployment")["spec"]["replicas"] = 0  # the puller is not there yet
    ns.apply(*objects)
    ns.apply(daemonset(ns.name, ns.deployment()["metadata"]["uid"], base, images))
    old = {pod["metadata"]["uid"] for pod in ns.wait_until_ready(nodes)}
    before = ns.daemonset()

    with ns.watch("pods", POD_LABELS) as watch:
        wait_until(lambda: len(watch.events) >= len(nodes), message="the old pods in the watch")
        ns.kubectl("scale", "deployment", NAME, "--replicas=1")
        wait_until(lambda: old <= {e.uid for e in watch.events if e.type == "DELETED"}, message="the old pods' end")
        pods = ns.wait_until_ready(nodes, images)
        watch.assert_alive()
        events = list(watch.events)

    after = ns.daemonset()
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["ownerReferences"] == before["metadata"]["ownerReferences"]
    assert after["metadata"]["labels"]["app.kubernetes.io/managed-by"] == NAME
    init = after["spec"]["template"]["spec"]["initContainers"][0]
    assert init["command"] == ["/bin/sleep", "--install", "/kip/sleep"] and not init.get("args")
    assert after["spec"]["template"]["spec"]["containers"][0]["securityContext"]["runAsNonRoot"]
    assert not old & {pod["metadata"]["uid"] for pod in pods}
    assert gaps(events, nodes) == []
