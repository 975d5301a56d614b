"""CACHE_MODE=agent: all images pulled and pinned through the nodes' own containerd, by an init container that ends."""
import os

import pytest
import yaml

from kip import operator
from kip.agent import SOCKET, SOCKETS
from kip.agent import values as agent_values
from kip.coverage import gaps
from kip.docs import blocks
from kip.images import PRIVATE_REGISTRY, REGISTRY, as_setting, make_image, new_reference
from kip.namespace import NAME, POD_LABELS, is_ready
from kip.registry import requests_for
from kube.nodes import node_images, pinned
from kube.shell import ROOT, helm, kubectl
from kube.wait import wait_until

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ,
                                reason="where the runtime's socket is, is known of the local cluster's nodes")
SHORT_HOURS = "0.0025"  # 9 seconds
LEVEL = "pod-security.kubernetes.io/enforce"


@pytest.fixture
def images():
    return {name: new_reference(name) for name in ("one", "two", "three")}


@pytest.fixture
def digests(images):
    return {name: make_image(reference) for name, reference in images.items()}


def install(ns, images, socket=SOCKET, **settings):
    ns.install({"cacheMode": "agent", "images": as_setting(images), **settings},
               agent=agent_values(socket))


def fetch_of(pod):
    """The container that pulls; None: the pod has none."""
    return next((c for c in pod["spec"]["initContainers"] if c["name"] == "fetch"), None)


def fetch_status(pod):
    return next((s for s in pod["status"].get("initContainerStatuses", []) if s["name"] == "fetch"), {})


def not_asked_for(daemonset):
    flag, words = "--if-not-present=", fetch_of(daemonset["spec"]["template"])["args"]
    return {word.removeprefix(flag) for word in words if word.startswith(flag)}


def wait_until_on_nodes(images, digests, nodes):
    def there():
        for node in nodes:
            has = node_images(node)
            assert {name: has.get(reference) for name, reference in images.items()} == digests, node
        return True
    wait_until(there, poll=1, message=f"{list(images)} on {nodes}")


def of_nodes(reference):
    return [request for request in requests_for(reference) if request[1] == "node"]


def wait_until_pinned(expected, digests, nodes):
    """Until of `digests` just the expected ones are pinned on each node."""
    def pinned_now():
        for node in nodes:
            of_ours = set(digests.values()) & pinned(node)
            assert of_ours == set(expected), (node, of_ours)
        return True
    wait_until(pinned_now, message="the pins")


@pytest.mark.skipif("KIP_E2E_REGISTRY_LOG" not in os.environ, reason="the registry's access log is not known")
def test_all_images_are_pulled_and_pinned_and_only_what_moves_or_is_new_is_asked_for(lax_ns, nodes, images, digests):
    three = images.pop("three")
    install(lax_ns, images, cachingIntervalHours=SHORT_HOURS, insecureRegistries=REGISTRY)
    lax_ns.wait_for_log("every image is on every node", f"images={len(images)}", f"nodes={len(nodes)}")
    there = {name: digests[name] for name in images}
    wait_until_on_nodes(images, there, nodes)
    wait_until_pinned(there.values(), digests, nodes)
    for pod in lax_ns.wait_until_ready(nodes):
        assert [c["name"] for c in pod["spec"]["containers"]] == ["sleep"]
        assert pod["spec"]["containers"][0]["securityContext"]["runAsNonRoot"] is True
        assert {v["name"] for v in pod["spec"]["containers"][0]["volumeMounts"]} == {"kip"}, "it has no socket"
        fetch = fetch_of(pod)["securityContext"]
        assert fetch["capabilities"] == {"drop": ["ALL"]} and not fetch["allowPrivilegeEscalation"]
        assert fetch_status(pod)["restartCount"] == 0
    key = "image.che.eclipse.org/"
    recorded = lambda: {name.removeprefix(key): text.split()[0]
                        for name, text in lax_ns.daemonset()["metadata"]["annotations"].items() if name.startswith(key)}
    wait_until(lambda: recorded() == there, message="the digests to be recorded")
    assert "DigestDiffers" not in lax_ns.puller_logs()
    before = {name: of_nodes(reference) for name, reference in images.items()}

    before_it_moved = digests["two"]
    there["two"] = digests["two"] = make_image(images["two"])
    wait_until_on_nodes(images, there, nodes)
    lax_ns.wait_for_log("finding=ImageMoved")
    lax_ns.wait_until_ready(nodes)
    assert not_asked_for(lax_ns.daemonset()) == {"one"}
    assert of_nodes(images["one"]) == before["one"]
    assert len(of_nodes(images["two"])) > len(before["two"])
    wait_until_pinned(there.values(), {**digests, "before": before_it_moved}, nodes)

    lax_ns.change_settings(IMAGES=as_setting({"one": images["one"], "three": three}))
    wait_until_pinned({digests["one"], digests["three"]}, digests, nodes)
    assert of_nodes(images["one"]) == before["one"]


def missing_beside(ns, nodes, images, digests):
    missing = new_reference("missing")
    ours = {"one": images["one"], "missing": missing, "two": images["two"]}
    install(ns, ours)
    said = ns.wait_for_log("an image cannot be pulled", "name=missing", f"image={missing}")
    assert "not found" in said, said
    there = {name: digests[name] for name in ("one", "two")}
    wait_until_on_nodes({name: images[name] for name in there}, there, nodes)
    wait_until_pinned(there.values(), digests, nodes)
    assert "every image is on every node" not in ns.puller_logs()
    return missing


def test_a_missing_image_is_named_and_the_others_are_there_and_pinned(lax_ns, nodes, images, digests):
    missing_beside(lax_ns, nodes, images, digests)


@pytest.mark.long
@pytest.mark.skipif("KIP_E2E_REGISTRY_LOG" not in os.environ, reason="the registry's access log is not known")
def test_a_container_that_is_started_anew_asks_for_what_is_missing_alone(lax_ns, nodes, images, digests):
    missing = missing_beside(lax_ns, nodes, images, digests)
    wait_until(lambda: all(fetch_status(pod).get("restartCount", 0) >= 1 for pod in lax_ns.pods()),
               message="the second run")
    asked = requests_for(images["one"])
    wait_until(lambda: all(fetch_status(pod)["restartCount"] >= 2 for pod in lax_ns.pods()), message="the third run")
    assert requests_for(images["one"]) == asked

    make_image(missing)
    lax_ns.wait_until_ready(nodes, timeout=360)
    lax_ns.wait_for_log("every image is on every node", "images=3")


def test_a_change_to_the_mode_and_back_has_no_gap_and_leaves_no_pins(lax_ns, nodes, images, digests):
    with lax_ns.watch("pods", POD_LABELS) as watch:
        install(lax_ns, images, cacheMode="sleep")
        lax_ns.wait_until_ready(nodes, images)
        uid = lax_ns.daemonset()["metadata"]["uid"]
        asked = {name: len(of_nodes(reference)) for name, reference in images.items()}
        for mode in ("agent", "sleep"):
            lax_ns.change_settings(CACHE_MODE=mode)
            def changed(mode=mode):
                on = sorted(p["spec"].get("nodeName", "") for p in lax_ns.pods()
                            if is_ready(p) and (fetch_of(p) is not None) == (mode == "agent"))
                assert on == sorted(nodes), [p["status"] for p in lax_ns.pods()]
                return True
            wait_until(changed, message=f"{mode} on every node")
            if mode == "agent":
                wait_until_pinned(digests.values(), digests, nodes)
            wait_until_on_nodes(images, digests, nodes)
        watch.assert_alive()
        events = list(watch.events)
    assert gaps(events, nodes) == []
    assert lax_ns.daemonset()["metadata"]["uid"] == uid, "never deleted"
    assert {name: len(of_nodes(reference)) for name, reference in images.items()} == asked, "nothing was asked for"

    wait_until_pinned([], digests, nodes)
    lax_ns.wait_for_log("finding=PinsReleased")
    wait_until(lambda: [each["metadata"]["name"] for each in lax_ns.items("daemonsets")] == [NAME],
               message="what releases to be gone")


def test_an_uninstall_takes_the_pins_away(lax_ns, nodes, images, digests):
    install(lax_ns, images)
    lax_ns.wait_for_log("every image is on every node", f"images={len(images)}")
    wait_until_pinned(digests.values(), digests, nodes)

    helm("uninstall", NAME, "-n", lax_ns.name, "--timeout", "120s")

    wait_until_pinned([], digests, nodes)
    wait_until(lambda: not lax_ns.items("daemonsets"), message="no DaemonSet to be left")


def test_the_service_takes_the_pins_away_when_it_is_told_to(lax_ns, nodes, images, digests):
    install(lax_ns, images)
    lax_ns.wait_for_log("every image is on every node", f"images={len(images)}")
    wait_until_pinned(digests.values(), digests, nodes)
    command = f"kubectl exec -n k8s-image-puller deployment/{NAME} -- /bin/kubernetes-image-puller release"
    assert f"`{command}`" in (ROOT / "docs/agent.md").read_text(encoding="utf-8")
    kubectl(*command.replace("k8s-image-puller", lax_ns.name, 1).split()[1:])
    wait_until_pinned([], digests, nodes)


def test_pins_are_taken_away_by_hand_as_the_docs_say(lax_ns, nodes, images, digests):
    install(lax_ns, images)
    lax_ns.wait_for_log("every image is on every node", f"images={len(images)}")
    theirs, = blocks("docs/agent.md", "Take the pins away by hand", "yaml")
    daemonset = yaml.safe_load(theirs)
    spec = daemonset["spec"]["template"]["spec"]
    release = spec["initContainers"][0]
    assert f"--instance={lax_ns.name}.{NAME}" in fetch_of(lax_ns.daemonset()["spec"]["template"])["args"]
    release["args"] = [word.replace("=k8s-image-puller.", f"={lax_ns.name}.") for word in release["args"]]
    for container in (release, spec["containers"][0]):
        container["image"] = os.environ["KIP_E2E_AGENT_IMAGE"]
    spec["volumes"][0]["hostPath"]["path"] = SOCKETS
    release["volumeMounts"][0]["subPathExpr"] = "$(NODE_NAME)"
    release["env"] = [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]
    lax_ns.apply(daemonset)
    lax_ns.kubectl("rollout", "status", "daemonset", "release-pins", "--timeout=120s")
    wait_until_pinned([], digests, nodes)


def test_a_private_image_is_pulled_with_the_secret_also_beside_one_that_is_not_there(lax_ns, nodes):
    reference = new_reference("private", PRIVATE_REGISTRY)
    digest = make_image(reference)
    lax_ns.create_pull_secret("pull")
    install(lax_ns, {"private": reference}, imagePullSecrets="absent;pull")

    lax_ns.wait_for_log("every image is on every node", "images=1")
    assert {node_images(node).get(reference) for node in nodes} == {digest}


def test_a_namespace_that_would_refuse_the_pods_is_named_and_nothing_is_changed(ns, nodes, images, digests):
    install(ns, images, cacheMode="sleep")
    ns.wait_until_ready(nodes, images)
    before = ns.daemonset()["metadata"]

    ns.change_settings(CACHE_MODE="agent")

    ns.wait_for_log("finding=Refused", f"{ns.name} enforces Pod Security", "restricted", f"{LEVEL}=privileged")
    after = ns.daemonset()["metadata"]
    assert (after["uid"], after["generation"]) == (before["uid"], before["generation"])
    assert ns.wait_until_ready(nodes, images)

    kubectl("label", "namespace", ns.name, f"{LEVEL}=privileged", "--overwrite")
    wait_until(lambda: all(fetch_of(pod) for pod in ns.wait_until_ready(nodes)), message="the agent, now")


def test_a_socket_that_is_not_there_is_named_and_a_configmap_cannot_say_another(lax_ns, nodes, images, digests):
    install(lax_ns, images, socket=f"{SOCKETS}/$(NODE_NAME)/no.sock")
    lax_ns.wait_for_log("an image cannot be pulled", "name=one", "there is no socket /run/runtime/no.sock")
    lax_ns.change_settings(RUNTIME_SOCKET=SOCKET, AGENT_IMAGE="registry.example/other:1", LOG_LEVEL="debug")
    lax_ns.wait_for_log("the ConfigMap was changed")
    args = fetch_of(lax_ns.daemonset()["spec"]["template"])["args"]
    assert "--cri-socket=/run/runtime/no.sock" in args, args
    install(lax_ns, images)
    lax_ns.wait_until_ready(nodes)
    lax_ns.wait_for_log("every image is on every node", "images=3")


@pytest.fixture
def operated():
    operator.install()
    operator.set_environment(AGENT_IMAGE=os.environ["KIP_E2E_AGENT_IMAGE"], RUNTIME_SOCKET=SOCKET.replace("$(", "$$("))
    yield
    operator.uninstall()


@pytest.mark.xdist_group("operator")
def test_the_status_of_a_resource_has_the_digests_that_agents_tell(lax_ns, nodes, images, digests, operated):
    missing = new_reference("missing")
    spec = {"cachingCPURequest": ".001", "cachingMemoryRequest": "1Mi", "cacheMode": "agent"}
    lax_ns.apply(operator.resource({**spec, "imageList": operator.image_list({**images, "missing": missing})}))
    operator.wait_for(lax_ns, "Degraded", "True", part=missing)
    of = lambda: {each["name"]: (each.get("digest"), each["nodes"]) for each in operator.status(lax_ns)["images"]}
    expected = {name: (digest, len(nodes)) for name, digest in digests.items()}
    wait_until(lambda: of() == {**expected, "missing": (None, 0)}, message="the digests, and none of the missing one")

    lax_ns.apply(operator.resource({**spec, "imageList": operator.image_list(images)}))
    operator.wait_for(lax_ns, "Ready", "True")
    assert of() == expected
