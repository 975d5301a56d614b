"""The agent on the nodes' real containerd, as image-prefetcher's manifests run it."""
import base64
import json
import os
import time

import pytest

from kip import AGENT_BINARY
from kip.agent import SOCKETS, ended, fetchers, install, reports
from kip.docs import Reader
from kip.images import PRIVATE_REGISTRY, REGISTRY, make_image, new_reference, put_large_blob
from kube import client
from kube.nodes import node_images, pinned
from kube.shell import run
from kube.wait import wait_until

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ,
                                reason="where the runtime's socket is, is known of the local cluster's nodes")


def digest_in(report, place):
    """A digest of the report in the usual form."""
    return "sha256:" + base64.urlsafe_b64decode(report["digests"][place] + "=").hex()


def test_images_are_pulled_and_what_came_of_them_is_in_the_pod(lax_ns, nodes):
    references = [new_reference(f"fetched{i}") for i in range(20)]
    digests = [make_image(reference, size=100_000) for reference in references]
    install(lax_ns, references, args=["--debug"])

    for node, (code, report) in reports(lax_ns, nodes).items():
        assert code == 0, report
        assert (report["images"], report["failed"], report["downloaded"]) == (20, 0, 20)
        assert 2_000_000 < report["bytes"] < 2_200_000, "small layers come and go between two polls"
        assert [digest_in(report, i) for i in range(20)] == digests
        there = node_images(node)
        assert [there.get(reference) for reference in references] == digests
    lax_ns.kubectl("rollout", "status", "daemonset", "prefetch", "--timeout=120s")
    log = lax_ns.kubectl("logs", "daemonset/prefetch", "-c", "prefetch")
    assert f'msg="image pulled successfully" image={references[0]} authNum=0' in log
    assert 'level=INFO source=' in log and 'msg="pulling images finished" images=20 failed=0' in log

    present = [line for line in log.splitlines() if 'msg="image present in runtime"' in line]
    assert not [line for line in present if references[0] in line and "stage=before" in line]
    assert [line for line in present if references[0] in line and "stage=after" in line]

    lax_ns.kubectl("rollout", "restart", "daemonset", "prefetch")
    lax_ns.kubectl("rollout", "status", "daemonset", "prefetch", "--timeout=120s")
    for code, report in reports(lax_ns, nodes).values():
        assert (code, report["downloaded"], report["bytes"]) == (0, 0, 0), "nothing moved"


def test_a_missing_image_fails_the_pod_and_the_others_are_there(lax_ns, nodes):
    there, missing = new_reference("there"), new_reference("missing")
    digest = make_image(there)
    install(lax_ns, [missing, "UPPER//case", there], args=["--initial-pull-attempt-delay=100ms"])

    for node, (code, report) in reports(lax_ns, nodes).items():
        assert code == 1
        assert report["failed"] == 1 and report["failures"][0]["kind"] == "not found"
        assert report["bad_entries"] == 1 and "images.txt:3" in report["failures"][1]["message"]
        assert report["failures"][0]["image"] == missing
        assert node_images(node).get(there) == digest
    log = lax_ns.kubectl("logs", "daemonset/prefetch", "-c", "prefetch")
    assert "images.txt:3" in log, "the line that is no image is named"
    columns = lax_ns.kubectl("get", "pods", "-l", "app=prefetch", "--no-headers").split("\n")
    assert all("Init:" in line for line in columns if line), "the pod shows it"


def test_a_list_of_a_thousand_lines_is_worked_through_and_told_of_in_few_words(lax_ns, nodes):
    there, missing = [new_reference(f"there{i}") for i in range(3)], [new_reference("missing") for _ in range(60)]
    digests = [make_image(reference) for reference in there]
    bad = [f"UPPER//case{i}" for i in range(340)]
    lines = [*bad, *missing, *there * 200]
    assert len(lines) == 1000
    install(lax_ns, lines, args=["--initial-pull-attempt-delay=100ms"])

    for node, (code, report) in reports(lax_ns, nodes).items():
        assert (code, report["images"], report["failed"], report["bad_entries"]) == (1, 63, 60, 340)
        assert len(ended(fetchers(lax_ns)[node])["message"]) <= 4096
        # Which failed is told by bits, as there is no room for the words of all.
        bits = base64.urlsafe_b64decode(report["failed_at"] + "==")
        assert [at for at in range(63) if bits[at // 8] >> at % 8 & 1] == list(range(60))
        assert {failure["image"] for failure in report["failures"]} <= set(missing)
        assert report["seconds"] < 60
        images = node_images(node)
        assert [images.get(reference) for reference in there] == digests


def test_an_image_that_would_fill_the_disk_is_refused_before_it_is_pulled(lax_ns, nodes):
    large, there = new_reference("large"), new_reference("there")
    make_image(large, size=25_000_000)
    make_image(there)
    install(lax_ns, [there])
    reports(lax_ns, nodes)
    lax_ns.kubectl("rollout", "status", "daemonset", "prefetch", "--timeout=120s")

    # Four times the download is more than 1% of a disk of 8 GiB; what is there needs no more.
    install(lax_ns, [large, there], args=["--disk-limit=1", "--initial-pull-attempt-delay=100ms"],
            env=[("INSECURE_REGISTRIES", REGISTRY)])
    lax_ns.kubectl("delete", "pods", "-l", "app=prefetch", "--timeout=120s")

    for node, (code, report) in reports(lax_ns, nodes).items():
        assert code == 1
        failure, = report["failures"]
        assert (failure["image"], failure["kind"]) == (large, "no space")
        assert "are left below 1% of the disk for images" in failure["message"]
        # The pod has only the socket, and sees the disk of the node's containerd.
        assert "for images (7.8 GiB" in failure["message"] or "KIP_NODE_DISK" in os.environ
        assert report["bytes"] == 0 and large not in node_images(node)


def test_a_private_image_is_pulled_with_the_secret_also_beside_a_wrong_one(lax_ns, nodes):
    reference = new_reference("private", PRIVATE_REGISTRY)
    digest = make_image(reference)
    right = f"{os.environ['KIP_E2E_REGISTRY_USER']}:{os.environ['KIP_E2E_REGISTRY_PASSWORD']}"
    auths = {f"{PRIVATE_REGISTRY}/e2e": "me:wrong", PRIVATE_REGISTRY: right}
    config = {"auths": {key: {"auth": base64.b64encode(word.encode()).decode()} for key, word in auths.items()}}
    lax_ns.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pull"},
                  "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": json.dumps(config)}})
    install(lax_ns, [reference], "--secret=pull")

    for node, (code, report) in reports(lax_ns, nodes).items():
        assert code == 0, report
        assert node_images(node).get(reference) == digest
    log = lax_ns.kubectl("logs", "daemonset/prefetch", "-c", "prefetch")
    assert "authNum=1" in log and "authUsername=me" in log
    assert "wrong" not in log and os.environ["KIP_E2E_REGISTRY_PASSWORD"] not in log


def test_an_agent_that_is_told_to_end_in_the_middle_does_so_at_once_and_the_next_goes_on(lax_ns, nodes):
    reference = new_reference("large")
    put_large_blob(reference, 200_000_000)
    install(lax_ns, [reference])
    wait_until(lambda: len(fetchers(lax_ns)) == len(nodes) and
               all("running" in status["state"] or ended(status) for status in fetchers(lax_ns).values()),
               message="the agents at work")
    began = time.monotonic()
    pods = [pod["metadata"]["name"] for pod in lax_ns.items("pods", "app=prefetch")]
    lax_ns.kubectl("delete", "pod", *pods, "--grace-period=25", "--timeout=60s")
    assert time.monotonic() - began < 15, "they waited for their grace period"

    for code, report in reports(lax_ns, nodes).values():
        assert code == 0, report


def test_a_runtime_without_a_socket_is_named(lax_ns):
    image = new_reference()
    lax_ns.kubectl("run", "agent", f"--image={os.environ['KIP_E2E_AGENT_IMAGE']}", "--restart=Never", "--",
                   "fetch", "--cri-socket=/tmp/no.sock", image)
    pod = wait_until(lambda: (p := lax_ns.get("pods", "agent")) and p["status"].get("phase") == "Failed" and p,
                     message="the pod to fail")
    state = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    assert state["exitCode"] == 1
    failure = json.loads(state["message"])["failures"][0]
    assert failure["image"] == image and failure["kind"] == "runtime gone"
    assert "there is no socket /tmp/no.sock" in lax_ns.kubectl("logs", "agent")


def run_pod(ns, name, command):
    ns.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "restartPolicy": "Never", "terminationGracePeriodSeconds": 20,
        "containers": [{"name": "agent", "image": os.environ["KIP_E2E_AGENT_IMAGE"], "command": command}]}})


def container_state(ns, name):
    return (ns.get("pods", name)["status"].get("containerStatuses") or [{}])[0].get("state", {})


def test_the_sleeper_of_the_old_entry_point_ends_at_once(lax_ns):
    run_pod(lax_ns, "old", ["/image-prefetcher", "sleep"])
    wait_until(lambda: "running" in container_state(lax_ns, "old"), message="the sleeper")
    began = time.monotonic()
    lax_ns.kubectl("delete", "pod", "old", "--timeout=60s")
    assert time.monotonic() - began < 10


def test_a_wrong_flag_is_named_and_nothing_touched(lax_ns):
    run_pod(lax_ns, "wrong", ["/image-prefetcher", "fetch", "--no-such-flag"])
    wait_until(lambda: container_state(lax_ns, "wrong").get("terminated", {}).get("exitCode") == 78,
               message="its end")
    assert "no-such-flag" in lax_ns.kubectl("logs", "wrong")


@pytest.fixture
def labelled(lax_ns, nodes):
    """A name for a prefetcher that labels nodes, which what is of the cluster has, too."""
    yield lax_ns.name
    of_the_cluster = "clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding"
    lax_ns.kubectl("delete", of_the_cluster, f"{lax_ns.name}-node-labeler", "--ignore-not-found")
    for node in nodes:
        lax_ns.kubectl("label", "node", node, f"image-prefetcher.stackrox.io/{lax_ns.name}-")


def test_each_node_says_by_a_label_how_it_went(lax_ns, nodes, labelled):
    label = lambda node: client.current().get(f"/api/v1/nodes/{node}")["metadata"]["labels"].get(
        f"image-prefetcher.stackrox.io/{labelled}")
    there = new_reference()
    make_image(there)
    install(lax_ns, [there], name=labelled, labels=True)
    wait_until(lambda: {label(node) for node in nodes} == {"succeeded"}, message="the label of each node")

    install(lax_ns, [there, new_reference("missing")], name=labelled, labels=True,
            args=["--initial-pull-attempt-delay=100ms"])
    # A pod that fails holds up the roll-out to the other nodes.
    lax_ns.kubectl("delete", "pods", "-l", f"app={labelled}", "--timeout=120s")
    wait_until(lambda: {label(node) for node in nodes} == {"failed"}, message="the label of each node")


def test_pins_follow_the_list_and_are_released(lax_ns, nodes, tmp_path):
    references = [new_reference(name) for name in ("stays", "leaves", "comes")]
    stays, leaves, comes = (make_image(reference) for reference in references)
    install(lax_ns, references[:2], "--pin", name="my-images")
    reports(lax_ns, nodes, "my-images")
    lax_ns.kubectl("rollout", "status", "daemonset", "my-images", "--timeout=120s")
    for node in nodes:
        assert {stays, leaves} <= pinned(node)

    install(lax_ns, [references[0], references[2]], "--pin", name="my-images")
    lax_ns.kubectl("rollout", "restart", "daemonset", "my-images")
    lax_ns.kubectl("rollout", "status", "daemonset", "my-images", "--timeout=120s")
    for node in nodes:
        assert {stays, comes} <= pinned(node) and leaves not in pinned(node)

    Reader(lax_ns.name, tmp_path, references[0]).runs("docs/image-prefetcher.md", "Release pins")
    for node in nodes:
        assert not {stays, comes, leaves} & pinned(node)


def test_an_empty_list_takes_the_pins_away_as_all_images_left_it(nodes):
    node, image = nodes[0], new_reference("emptied")
    digest = make_image(image)
    fetch = (AGENT_BINARY, "fetch", "--pin", "--instance=emptied", f"--cri-socket={SOCKETS}/{node}/containerd.sock")
    run(*fetch, image)
    assert digest in pinned(node)
    run(*fetch)
    assert digest not in pinned(node)
