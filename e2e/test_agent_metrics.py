"""What came of each pull, collected from all nodes: `deploy --collect-metrics` and the agent's aggregate-metrics."""
import csv
import json
import os
import re
import urllib.error
import urllib.request

import pytest

from kip import agent
from kip.docs import Reader
from kip.images import make_image, new_reference
from kube import client
from kube.client import path_of
from kube.wait import wait_until

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ,
                                reason="where the runtime's socket is, is known of the local cluster's nodes")
NAME = "my-images"  # as on the page
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SAMPLE = re.compile(r'([a-z_]+)(?:\{image="([^"]*)",node="([^"]*)",result="([a-z]+)"\})? ([0-9.]+)')


def aggregator(ns):
    """The pod that collects, once it runs."""
    def ready():
        pods = ns.items("pods", f"app={NAME}-metrics")
        return len(pods) == 1 and (pods[0]["status"].get("containerStatuses") or [{}])[0].get("ready") and pods[0]
    return wait_until(ready, message="the aggregator")


def install(ns, images, *args):
    """A prefetcher and its aggregator. The local cluster has no DNS: pods know the Service by /etc/hosts."""
    objects = agent.manifests(ns, NAME, "--collect-metrics", "--no-node-labels", args=args)
    daemonset = next(found for found in objects if found["kind"] == "DaemonSet")
    ns.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME},
              "data": {"images.txt": "\n".join(images) + "\n"}}, *(o for o in objects if o is not daemonset))
    pod = aggregator(ns)
    daemonset["spec"]["template"]["spec"]["hostAliases"] = [
        {"ip": pod["status"]["podIP"], "hostnames": [f"{NAME}-metrics"]}]
    ns.apply(daemonset)
    return pod


def ask(pod, path, accept="*/*", method="GET"):
    """Status, type and text of an answer."""
    request = urllib.request.Request(f"http://{pod['status']['podIP']}:8080{path}", headers={"Accept": accept},
                                     method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers["Content-Type"], refused.read().decode()


def samples(text):
    """Metric → {(image, node): (result, value)}; each line is a comment or a sample."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            name, image, node, result, value = SAMPLE.fullmatch(line).groups()
            assert (image, node) not in found.setdefault(name, {}), line
            found[name][image, node] = result, float(value)
    return found


def test_results_of_all_nodes_are_collected_with_errors_and_numbers(lax_ns, nodes):
    there = [new_reference(name) for name in ("one", "two", "three")]
    for reference in there:
        make_image(reference, size=100_000)
    missing = new_reference("missing")
    pod = install(lax_ns, [*there, "NO//IMAGE", missing])

    agent.reports(lax_ns, nodes, NAME)
    proxied = f"{path_of('pods', lax_ns.name, pod['metadata']['name'])}:8080/proxy/metrics"
    def complete():
        results = client.current().get(proxied)
        assert {(r["node"], r["image"]) for r in results} == {(n, i) for n in nodes for i in [*there, missing]}
        return results
    results = wait_until(complete, message="the results of both nodes")

    assert len({r["attempt_id"] for r in results}) == len(results)
    for result in results:
        assert UUID.fullmatch(result["attempt_id"])
        assert isinstance(result["started_at"], int) and isinstance(result.get("duration_ms", 0), int)
        if result["image"] == missing:
            assert "not found" in result["error"] and "size_bytes" not in result
        else:
            assert result["size_bytes"] > 100_000 and "error" not in result

    status, kind, text = ask(pod, "/metrics", accept="text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
    assert status == 200 and kind.startswith("text/plain; version=0.0.4")
    found = samples(text)
    assert found["image_puller_pull_failed"] == {
        (image, node): (("failed", 1) if image == missing else ("succeeded", 0))
        for node in nodes for image in [*there, missing]}
    assert len(found["image_puller_pull_duration_seconds"]) == 8 and len(found["image_puller_image_size_bytes"]) == 6
    assert ask(pod, "/metrics", accept="application/openmetrics-text")[2].endswith("# EOF\n")
    assert ask(pod, "/healthz")[::2] == (200, "ok\n")
    assert [ask(pod, "/")[0], ask(pod, "/metrics", method="POST")[0]] == [404, 405]

    lax_ns.kubectl("delete", "pod", pod["metadata"]["name"], "--grace-period=25", "--timeout=10s")


def test_a_pod_does_not_hang_on_an_aggregator_that_is_not_there(lax_ns, nodes):
    there = new_reference()
    make_image(there)
    agent.install(lax_ns, [there], args=["--metrics-endpoint=10.88.0.1:9"])

    for code, report in agent.reports(lax_ns, nodes).values():
        assert (code, report["failed"]) == (0, 0)
    lax_ns.kubectl("rollout", "status", "daemonset", "prefetch", "--timeout=60s")
    assert 'level=WARN' in (log := lax_ns.kubectl("logs", "daemonset/prefetch", "-c", "prefetch"))
    assert 'msg="the results could not be submitted"' in log


def test_the_commands_of_the_page_make_a_table_of_the_results(lax_ns, nodes, tmp_path):
    there = new_reference()
    make_image(there)
    install(lax_ns, [there])
    agent.reports(lax_ns, nodes, NAME)
    pod = aggregator(lax_ns)
    wait_until(lambda: len(json.loads(ask(pod, "/metrics")[2])) == len(nodes), message="the results of both nodes")

    said = Reader(lax_ns.name, tmp_path, there).runs("docs/image-prefetcher.md", "Metrics")

    rows = list(csv.reader(said.strip().splitlines()[-len(nodes):]))
    assert sorted(row[0] for row in rows) == nodes and {row[1] for row in rows} == {there}
