"""The release gate: `warm` puts images on the nodes before their pods exist."""
import json

import pytest
import yaml

from kip import BINARY
from kip.docs import Reader
from kip.images import REGISTRY, as_setting, make_image, new_reference
from kube.nodes import node_images
from kube.shell import kubectl, run
from kube.wait import wait_until


@pytest.fixture
def base():
    reference = new_reference("base")
    make_image(reference)
    return reference


@pytest.fixture
def gate(ns, base, nodes):
    """A service with the gate, which has its one image on every node."""
    ns.install({"images": as_setting({"base": base}), "releaseGate": True})
    ns.wait_for_log("every image is on every node", f"nodes={len(nodes)}")
    return ns


def release(image, name="shop", **pod):
    """What `helm template` writes for one Deployment."""
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": name, "image": image}], **pod}}}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}
    return f"---\n# Source: {name}/templates/all.yaml\n" + yaml.safe_dump_all([service, deployment])


def warm(ns, manifests, *flags):
    """The finished process, told to wait."""
    return run(BINARY, "warm", "-f", "-", "--wait", "--timeout", "90s", "--namespace", ns.name, *flags, stdin=manifests,
               check=False)


def test_images_are_on_all_nodes_before_any_pod_exists(gate, nodes):
    image = new_reference("shop")
    make_image(image)

    done = warm(gate, release(image))

    assert done.returncode == 0, done
    assert f"{image}: on {len(nodes)} of {len(nodes)} nodes" in done.stdout, done.stdout
    assert all(image in node_images(node) for node in nodes)
    again = warm(gate, release(image))
    assert again.returncode == 0 and again.stdout.count(f"{image}: ") == 1, "it is there, so nothing is waited for"


def test_a_missing_image_fails_and_is_named_and_the_next_release_takes_its_place(gate, nodes):
    missing = f"{REGISTRY}/e2e/missing:1"

    done = warm(gate, release(missing))

    assert done.returncode == 1, done
    assert f"failed: {missing}: " in done.stderr and ("not found" in done.stderr or "left out" in done.stderr or
                                                     "leaves it out" in done.stderr), done.stderr
    wanted = gate.items("configmaps", "che.eclipse.org/image-puller-warm-list")
    assert missing not in json.dumps(wanted), "nobody else is to wait for it"
    image = new_reference("shop")
    make_image(image)
    assert warm(gate, release(image)).returncode == 0
    lists = gate.items("configmaps", "che.eclipse.org/image-puller-warm-list")
    assert len(lists) == 1 and missing not in json.dumps(lists)
    assert lists[0]["metadata"]["ownerReferences"][0]["kind"] == "Deployment"


def test_a_list_that_expires_takes_its_images_away(gate, nodes, base):
    image = new_reference("shop")
    make_image(image)
    assert warm(gate, release(image), "--timeout", "40s", "--ttl", "45s").returncode == 0
    gate.wait_until_ready(nodes, {"base": base})
    assert warm(gate, release(base, "other")).returncode == 0
    lists = gate.items("configmaps", "che.eclipse.org/image-puller-warm-list")
    assert len(lists) == 1 and "other" in lists[0]["metadata"]["name"], "the expired one was taken away"


def test_an_image_goes_to_the_nodes_where_its_pods_may_run(gate, nodes, labelled):
    node, key = labelled
    image = new_reference("shop")
    make_image(image)

    done = warm(gate, release(image, nodeSelector={key: "yes"}))

    assert done.returncode == 0, done
    assert f"{image}: on 1 of 1 node" in done.stdout, done.stdout
    assert [each for each in nodes if image in node_images(each)] == [node]


@pytest.mark.alone
def test_an_image_goes_to_a_tainted_node_that_its_pods_tolerate(gate, nodes):
    key = f"kip-e2e/{gate.name}"
    kubectl("taint", "node", nodes[0], f"{key}=yes:NoSchedule")
    try:
        image, other = new_reference("shop"), new_reference("other")
        make_image(image)
        make_image(other)
        tolerations = [{"key": key, "operator": "Exists", "effect": "NoSchedule"}]
        both = release(image, tolerations=tolerations) + release(other, "other")

        done = warm(gate, both)

        assert done.returncode == 0, done
        assert all(image in node_images(node) for node in nodes)
        assert other not in node_images(nodes[0]) and all(other in node_images(node) for node in nodes[1:])
    finally:
        kubectl("taint", "node", nodes[0], f"{key}-", check=False)


@pytest.mark.alone
def test_lists_that_differ_in_tolerations_alone_make_few_daemonsets(gate, nodes):
    """Each is a pod on every node: a hundred would fill small nodes."""
    image = new_reference("shop")
    make_image(image)
    for i in range(25):
        tolerations = [{"key": "team", "value": f"t{i}"}]
        run(BINARY, "warm", "-f", "-", "--namespace", gate.name,
            stdin=release(image, f"team{i}", tolerations=tolerations))
    gate.wait_for_log("more sets of nodes than there can be DaemonSets")

    done = warm(gate, release(image, "team24", tolerations=tolerations))

    assert done.returncode == 0, done
    wait_until(lambda: 1 < len(gate.items("daemonsets")) <= 17, message="at most 16 beside that of the settings")


def test_where_nobody_follows_the_list_the_end_says_so(ns, nodes, base):
    nobody = run(BINARY, "warm", "-f", "-", "--wait", "--namespace", ns.name, stdin=release(base), check=False)
    assert nobody.returncode == 69 and f"no image puller serves namespace {ns.name}" in nobody.stderr, nobody

    ns.install({"images": as_setting({"base": base})})
    ns.wait_for_log("every image is on every node", f"nodes={len(nodes)}")
    image = new_reference("shop")
    make_image(image)
    done = run(BINARY, "warm", "-f", "-", "--wait", "--timeout", "12s", "--namespace", ns.name, stdin=release(image),
               check=False)
    assert done.returncode == 2 and f"timed out: {image}: the service has not taken it yet" in done.stderr, done
    assert "RELEASE_GATE" in done.stderr


def test_the_commands_of_the_page(ns, nodes, base, tools, tmp_path):
    reader = Reader(ns.name, tmp_path, tools)
    ns.install({"images": as_setting({"base": base})})
    reader.writes("docs/release-gate.md", "Switch it on", "rule.yaml")
    ns.kubectl("apply", "-f", tmp_path / "rule.yaml")
    reader.runs("docs/release-gate.md", "Switch it on")
    ns.wait_for_log("every image is on every node", f"nodes={len(nodes)}")
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n", encoding="utf-8")
    (chart / "templates/all.yaml").write_text(release(tools), encoding="utf-8")
    assert "every image is on its nodes" in reader.runs("docs/release-gate.md", "Warm, then apply")

    reader.writes("docs/release-gate.md", "Argo CD", "job.yaml")
    ns.kubectl("apply", "-f", tmp_path / "job.yaml")
    wait_until(lambda: ns.get("jobs", "warm")["status"].get("succeeded"), message="the Job's end")
