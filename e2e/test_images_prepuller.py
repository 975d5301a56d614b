"""The chart images-prepuller: on the nodes' containerd, over a release of the one of before, on a Docker Engine."""
import os

import pytest

from kip import goversion, prepuller
from kip.agent import ended, fetchers
from kip.docker import docker_engine
from kip.docs import Reader
from kip.images import PRIVATE_REGISTRY, make_image, new_reference, split
from kip.namespace import is_ready
from kube.nodes import node_images, pinned
from kube.shell import helm
from kube.wait import wait_until

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ,
                                reason="where the runtime's socket is, is known of the local cluster's nodes")


@pytest.fixture
def chart(tmp_path):
    return prepuller.copy_of_chart(tmp_path)


def wait_until_ready(ns, nodes):
    def ready():
        pods = prepuller.pods(ns)
        assert sorted(pod["spec"]["nodeName"] for pod in pods if is_ready(pod)) == sorted(nodes), [
            pod["status"].get("initContainerStatuses") for pod in pods]
        assert len(pods) == len(nodes)
        return pods
    return wait_until(ready, message="a ready pod on each node")


def test_a_release_of_the_chart_of_before_is_upgraded_with_its_values_file(lax_ns, nodes, chart):
    there, new = new_reference("there"), new_reference("new")
    values = {"docker": {"images": [there], "hostPath": "/run/kip"}, "nameOverride": "",
              "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "256Mi"}}}
    digests = {there: make_image(there), new: make_image(new)}
    prepuller.upgrade(lax_ns, prepuller.OF_BEFORE, {**values, "shell": goversion.image_with_shell(),
                                                    "sleeper": os.environ["KIP_E2E_AGENT_IMAGE"]})
    wait_until_ready(lax_ns, nodes)
    before = lax_ns.get("daemonsets", "prepull")["metadata"]["uid"]

    values["docker"]["images"] = [there, new]
    prepuller.upgrade(lax_ns, chart, {**values, "image": prepuller.image(), "wait": {"enabled": True}},
                      "--timeout=170s")

    daemonset = lax_ns.get("daemonsets", "prepull")
    assert daemonset["metadata"]["uid"] == before, "changed, not made anew"
    assert len(daemonset["spec"]["template"]["spec"]["volumes"]) == 2
    assert len(daemonset["spec"]["template"]["spec"]["initContainers"]) == 1
    wait_until_ready(lax_ns, nodes)  # helm has waited for that already
    log = prepuller.logs(lax_ns)
    for node in nodes:
        assert f"Pulling images on node '{node}'..." in log
        assert {image: node_images(node).get(image) for image in digests} == digests
        assert set(digests.values()) <= pinned(node)
    for image, digest in digests.items():
        registry, repository, tag = split(image)
        for line in (f"Pulling '{image}'...", f"{tag}: Pulling from {repository}", f"Digest: {digest}",
                     f"Status: Downloaded newer image for {registry}/{repository}:{tag}"):
            assert log.splitlines().count(line) == len(nodes), (line, log)
    assert lax_ns.kubectl("get", "jobs,rolebindings", "-o", "name") == "", "the hook has cleared up"

    lax_ns.kubectl("rollout", "restart", "daemonset", "prepull")
    lax_ns.kubectl("rollout", "status", "daemonset", "prepull", "--timeout=120s")
    wait_until(lambda: f"Status: Image is up to date for {new}" in prepuller.logs(lax_ns), message="what did not move")

    helm("uninstall", prepuller.RELEASE, "-n", lax_ns.name, "--timeout=150s")
    for node in nodes:
        assert not set(digests.values()) & pinned(node), "the pins are taken back"
        assert node_images(node).get(new) == digests[new], "the images stay"
    wait_until(lambda: lax_ns.left() == [] and lax_ns.kubectl("get", "jobs", "-o", "name") == "",
               message="nothing left of the release")


def test_one_bad_image_starves_no_other_and_is_named_by_the_waiting_job(lax_ns, nodes, chart):
    missing, there = new_reference("missing"), new_reference("there")
    digest = make_image(there)
    done = prepuller.upgrade(lax_ns, chart, {
        "docker": {"images": [missing, "UPPER//case", there, there + "\r"]}, "image": prepuller.image(),
        "wait": {"enabled": True, "timeout": "60s"}}, check=False)

    assert done.returncode == 1 and "post-install" in done.stderr
    for node in nodes:
        assert node_images(node).get(there) == digest
    states = fetchers(lax_ns, label=prepuller.PODS)
    assert {ended(state)["exitCode"] for state in states.values()} == {1}
    log = prepuller.logs(lax_ns)
    assert f"Pulling '{missing}'..." in log and "Error response from daemon: " in log and "images.txt:2" in log
    said = lax_ns.kubectl("logs", "job/images-prepuller-wait")
    assert all(f"{node}: {missing}: not found" in said for node in nodes), said


def test_a_private_image_is_pulled_with_one_of_the_secrets(lax_ns, nodes, chart):
    reference = new_reference("private", PRIVATE_REGISTRY)
    digest = make_image(reference)
    lax_ns.create_pull_secret("pull")
    prepuller.upgrade(lax_ns, chart, {"docker": {"images": [reference]}, "secrets": ["not-there", "pull"],
                                      "image": prepuller.image(), "tolerations": [{"operator": "Exists"}]})
    wait_until_ready(lax_ns, nodes)
    for node in nodes:
        assert node_images(node).get(reference) == digest
    log = prepuller.logs(lax_ns)
    assert "/secrets/not-there" in log and os.environ["KIP_E2E_REGISTRY_PASSWORD"] not in log


@pytest.fixture
def engine():
    with docker_engine() as made:
        yield made


def test_on_a_docker_engine_the_log_has_dockers_lines(lax_ns, nodes, engine):
    images, missing = [new_reference("a"), new_reference("b")], new_reference("missing")
    digests = [make_image(image) for image in images]
    prepuller.upgrade(lax_ns, prepuller.CHART, {
        "docker": {"images": [*images, missing], "hostPath": str(engine.socket.parent)}, "runtime": "docker",
        "image": prepuller.image(), "nodeSelector": {"kubernetes.io/hostname": nodes[0]}})

    def said():
        if not prepuller.pods(lax_ns):
            return None
        lines = lax_ns.kubectl("logs", "-lname=prepull", "-c", "prepull", "--tail=-1", check=False).stdout.splitlines()
        starts = [line.split(" ")[0] for line in lines]
        return lines if starts.count("Status:") == len(images) and "Error" in starts else None
    log = wait_until(said, message="what came of each image")
    for image, digest in zip(images, digests, strict=True):
        begin = log.index(f"Pulling '{image}'...")
        _, repository, tag = split(image)
        assert log[begin + 1:begin + 3] == [f"{tag}: Pulling from {repository}", f"Digest: {digest}"]
        assert log[begin + 3].startswith("Status: ") and log[begin + 3].endswith(f" for {image}")
    assert f"Pulling '{missing}'..." in log
    assert any(line.startswith("Error response from daemon: ") for line in log)
    assert fetchers(lax_ns, label=prepuller.PODS).keys() == {nodes[0]}, "where the selector says"
    assert engine.digests() == dict(zip(images, digests, strict=True))


def test_who_follows_the_page_has_the_images_on_every_node(lax_ns, nodes, tmp_path):
    tools, java = new_reference("tools"), new_reference("java")
    digests = {image: make_image(image) for image in (tools, java)}
    reader = Reader(lax_ns.name, tmp_path, tools, java)
    prepuller.adapt(tmp_path / "deploy/images-prepuller")

    reader.writes("docs/images-prepuller.md", "Install", "images-prepuller.yml")
    reader.runs("docs/images-prepuller.md", "Install")
    wait_until_ready(lax_ns, nodes)
    seen = reader.runs("docs/images-prepuller.md", "See what came of it")
    assert all(node in seen for node in nodes) and f"Downloaded newer image for {tools}" in seen
    reader.runs("docs/images-prepuller.md", "Wait until the images are there")
    for node in nodes:
        assert {image: node_images(node).get(image) for image in digests} == digests
    listed = reader.runs("docs/images-prepuller.md", "Which images to list")
    assert prepuller.image()["repository"] in listed and "IMAGE " in listed
    reader.runs("docs/images-prepuller.md", "Uninstall")
    assert not any(set(digests.values()) & pinned(node) for node in nodes)
