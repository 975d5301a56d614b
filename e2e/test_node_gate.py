"""Nodes that wait with a taint for their images: docs/node-gate.md."""
import json
import os

import pytest

from kip.images import as_setting, make_image, new_reference
from kube import client
from kube.client import path_of
from kube.nodes import node_images
from kube.shell import ROOT, kubectl, run
from kube.wait import wait_until
from kube.watch import Watch

pytestmark = pytest.mark.alone  # nodes come and go


@pytest.fixture
def add_node():
    """Adds a node with these taints, and takes it away again; answers with its name when it is Ready."""
    if os.environ.get("KIP_E2E_CLUSTER") != "local":
        pytest.skip("kind adds no nodes: needs hack/cluster")
    names = []

    def add(*taints):
        flags = [word for taint in taints for word in ("--taint", taint)]
        names.append(run(ROOT / "hack/cluster", "add-node", *flags).strip())
        return names[-1]
    yield add
    for name in names:
        run(ROOT / "hack/cluster", "remove-node", name)


def node(name):
    return client.current().get(path_of("nodes", name=name))


def has_taint(of, key):
    return any(taint["key"] == key for taint in of["spec"].get("taints", []))


def warm(of):
    """Status and reason of its condition."""
    return next(((c["status"], c["reason"]) for c in of["status"].get("conditions", []) if c["type"] == "ImagesWarm"),
                None)


def pod_of(name, image, selector):
    """An ordinary pod, with whatever program the image has."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "nodeSelector": selector, "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "one", "image": image, "command": ["/bin/sleep", "1h"], "securityContext": {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}}


def test_a_new_node_gets_no_work_before_its_images_are_there(ns, nodes, add_node):
    key = f"kip-e2e/{ns.name}"
    # The ordinary pod runs what the image has, and the puller's own image is one with a program.
    images = {"one": new_reference(), "work": os.environ["KIP_E2E_IMAGE"]}
    make_image(images["one"], size=20_000_000)
    ns.install({"images": as_setting(images)}, nodeGate={"taint": f"{key}:NoSchedule"})
    ns.wait_until_ready(nodes, images)
    wait_until(lambda: all(warm(node(name)) == ("True", "ImagesPresent") for name in nodes),
               "the condition also of nodes that never had the taint")

    free = next(f"node{n}" for n in range(1, 10) if f"node{n}" not in nodes)
    ns.apply(pod_of("ordinary", images["work"], {"kubernetes.io/hostname": free}))
    with Watch(client.current(), path_of("nodes"), fieldSelector=f"metadata.name={free}") as seen, \
            ns.watch("pods") as pods:
        assert add_node(f"{key}:NoSchedule") == free
        opened = seen.wait_for(lambda e: not has_taint(e.object, key), "the taint to go")
        bound = pods.wait_for(lambda e: e.object["metadata"]["name"] == "ordinary" and e.object["spec"].get("nodeName"),
                              "the ordinary pod to be given its node")
        on_it = set(node_images(free))
        seen.wait_for(lambda e: warm(e.object) == ("True", "ImagesPresent"), "the condition")
        assert has_taint(seen.events[0].object, key), "from its first moment"
        assert any(warm(e.object) == ("False", "Waiting") for e in seen.events), "what it waits for is told"
        assert any("untolerated taint" in json.dumps(e.object["status"]) for e in pods.events
                   if e.object["metadata"]["name"] == "ordinary" and e.time < bound.time)
    assert opened.time < bound.time + 0.5, "the two watches are not in step"
    assert set(images.values()) <= on_it
    wait_until(lambda: ns.get("pods", "ordinary")["status"]["phase"] == "Running", "the ordinary pod")
    ns.wait_for_log("a node has its images; took its taint off", f"node={free}")


def test_a_missing_image_holds_no_node_beyond_the_deadline(ns, nodes):
    key, name = f"kip-e2e/{ns.name}", nodes[0]
    images = {"good": new_reference("good"), "missing": new_reference("missing")}
    make_image(images["good"])
    ns.install({"images": as_setting(images)},
               nodeGate={"taint": f"{key}=yes:NoExecute", "images": ["missing"], "deadline": "8s"})
    wait_until(lambda: images["good"] in node_images(name), "the other image", poll=1)
    before = {pod["metadata"]["uid"] for pod in ns.puller_pods()}
    with Watch(client.current(), path_of("nodes"), fieldSelector=f"metadata.name={name}") as seen:
        kubectl("taint", "node", name, f"{key}=yes:NoExecute")
        try:
            put = seen.wait_for(lambda e: has_taint(e.object, key), "the taint")
            gone = seen.wait_for(lambda e: e.time > put.time and not has_taint(e.object, key), "the taint to go")
            assert 6 < gone.time - put.time < 30
            seen.wait_for(lambda e: warm(e.object) == ("False", "DeadlinePassed"), "the condition")
        finally:
            kubectl("taint", "node", name, f"{key}-", check=False)
    ns.wait_for_log("a node has waited long enough; took its taint off", f"node={name}", images["missing"])
    told = wait_until(lambda: [e for e in client.current().get(path_of("events", "default"))["items"]
                               if e["reason"] == "DeadlinePassed" and e["involvedObject"]["name"] == name
                               and images["missing"] in e["message"]], "the Event of the node")
    assert told[0]["type"] == "Warning" and told[0]["involvedObject"]["uid"] == node(name)["metadata"]["uid"]
    assert {pod["metadata"]["uid"] for pod in ns.puller_pods()} == before, "the service tolerates the taint"
    assert images["missing"] in kubectl("describe", "node", name)


def test_without_the_gate_there_is_no_right_to_nodes(ns):
    kinds = {found["kind"] for found in ns.template({"images": "a=reg.example/a:1;"})}
    assert not kinds & {"ClusterRole", "ClusterRoleBinding"}
