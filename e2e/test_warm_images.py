"""The chart warm-images over a release of the one of before: told over a real NATS, and by a ConfigMap alone."""
import contextlib
import os
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
import yaml

from kip import nats, warmimages
from kip.docs import Reader
from kip.images import PRIVATE_REGISTRY, make_image, new_reference
from kip.namespace import is_ready
from kube.nodes import node_images, pinned
from kube.shell import ROOT, helm, kubectl, run
from kube.wait import wait_until

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ,
                                reason="where the runtime's socket is, is known of the local cluster's nodes")

AGENT = ROOT / "build/release/src/agent/image-puller-agent"
AGENTS, CONTROLLER = "app.kubernetes.io/component=agent", "app.kubernetes.io/component=controller"


@pytest.fixture
def server():
    made = nats.Server()
    made.start()
    yield made
    made.end()


def deployment(name, image, kind="Deployment"):
    """It asks for no pods: what is warm is so before there are any."""
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"initContainers": [{"name": "init", "image": image}],
                                           "containers": [{"name": name, "image": image}]}}}}


def wait_until_pulled(nodes, *references):
    def there():
        for node in nodes:
            missing = set(references) - set(node_images(node))
            assert not missing, (node, missing)
        return True
    wait_until(there, message="the images on each node")


def get(pod, path):
    """Status and body of what an agent or controller answers."""
    try:
        with urllib.request.urlopen(f"http://{pod['status']['podIP']}:8080{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def listed(ns):
    """The images of the ConfigMap that agents mount."""
    return (ns.get("configmaps", "wi-images") or {}).get("data", {}).get("images.txt", "").split()


def starts_and_hears(server, images):
    """Whether a subscriber of a server that was just started hears all of these. A controller that was back before it
    has sent them already: then once more. It is back within 10 seconds."""
    for _ in range(5):
        server.start()
        with nats.Client(server) as subscriber, contextlib.suppress(TimeoutError):
            subscriber.subscribe()
            subscriber.images(images, seconds=20)
            return True
        server.stop()
    return False


def all_ready(ns, nodes):
    pods = ns.items("pods", AGENTS) + ns.items("pods", CONTROLLER)
    assert len(pods) == len(nodes) + 1 and all(map(is_ready, pods)), [pod["status"] for pod in pods]
    return pods


def test_who_follows_the_page_upgrades_a_release_and_nats_may_come_and_go(lax_ns, nodes, tmp_path, server):
    before = {"nats": {"username": nats.USER, "password": nats.PASSWORD}, "sleeper": os.environ["KIP_E2E_AGENT_IMAGE"]}
    warmimages.upgrade(lax_ns, warmimages.OF_BEFORE, before)
    uids = [lax_ns.get("deployments", "wi-controller")["metadata"]["uid"],
            lax_ns.get("daemonsets", "wi-agent")["metadata"]["uid"]]
    binding = f"{lax_ns.name}-wi-warm-images"
    try:
        reader = Reader(lax_ns.name, tmp_path, new_reference("tools"))
        warmimages.adapt(tmp_path / "deploy/warm-images")
        values = reader.writes("docs/warm-images.md", "Install", "values.yaml")
        values["nats"] = {"url": f"nats://{server.address}", "username": nats.USER, "password": nats.PASSWORD}
        values |= {"list": f"\t{lax_ns.name}  not-there-yet\n", "ignore": "", "image": {"pullPolicy": "IfNotPresent"}}
        (tmp_path / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")

        of_workload = new_reference("workload")
        make_image(of_workload)
        with nats.Client(server) as subscriber:
            subscriber.subscribe()
            lax_ns.apply(deployment("early", of_workload))
            reader.runs("docs/warm-images.md", "Install")
            assert of_workload in subscriber.images([of_workload])

        pods = all_ready(lax_ns, nodes)
        assert uids == [lax_ns.get("deployments", "wi-controller")["metadata"]["uid"],
                        lax_ns.get("daemonsets", "wi-agent")["metadata"]["uid"]], "changed, not made anew"
        bindings = kubectl("get", "clusterrolebindings", "-o", "name")
        assert f"/{binding}\n" in bindings and f"/{warmimages.RELEASE}-clusterrole-binding\n" not in bindings
        assert nats.PASSWORD not in lax_ns.kubectl("get", "configmaps", "-o", "yaml")
        wait_until_pulled(nodes, of_workload)

        # As the controller of before publishes; and what is no image, or is not there, ends nobody.
        raw, missing = new_reference("raw"), new_reference("missing")
        make_image(raw)
        with nats.Client(server) as publisher:
            for image in ("not//an image", missing, raw):
                publisher.publish(image)
        wait_until_pulled(nodes, raw)
        agents = lax_ns.items("pods", AGENTS)
        for agent in agents:
            wait_until(lambda pod=agent: 'state="failing"} 1' in get(pod, "/metrics")[1], message="what failed")
            assert get(agent, "/") == (200, '{"bool":true,"msg":""}') and get(agent, "/readyz")[0] == 200
        log = lax_ns.kubectl("logs", agents[0]["metadata"]["name"])
        assert "a message is no image; left out" in log and f"host={agents[0]['status']['hostIP']}" in log

        # The server is away, and comes back without a memory: who comes later hears the whole list.
        server.stop()
        late = new_reference("late")
        make_image(late)
        lax_ns.apply(deployment("late", late, "StatefulSet"))
        wait_until(lambda: late in listed(lax_ns), message="the list of the ConfigMap")
        for pod in pods:
            assert get(pod, "/readyz")[0] == 200, "there is the ConfigMap"
        assert starts_and_hears(server, [of_workload, late])
        wait_until_pulled(nodes, late)

        pods = lax_ns.items("pods", AGENTS) + lax_ns.items("pods", CONTROLLER)
        assert [status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]] == \
            [0] * len(pods)
        said = "".join(lax_ns.kubectl("logs", pod["metadata"]["name"]) for pod in pods)
        assert nats.PASSWORD not in said and said.count("connected to NATS") >= 2 * len(pods)
    finally:
        kubectl("delete", "clusterrole,clusterrolebinding", binding, f"{warmimages.RELEASE}-clusterrole-binding",
                "--ignore-not-found", check=False)


def test_without_nats_agents_have_the_list_of_the_configmap_and_private_images(lax_ns, nodes, tmp_path):
    private, other = new_reference("private", PRIVATE_REGISTRY), new_reference("other")
    digests = {image: make_image(image) for image in (private, other)}
    lax_ns.create_pull_secret("pull")
    lax_ns.apply(deployment("private", private))
    chart = warmimages.adapt(shutil.copytree(ROOT / "deploy/warm-images", tmp_path / "warm-images"))
    binding = f"{lax_ns.name}-wi-warm-images"
    try:
        warmimages.upgrade(lax_ns, chart, {**warmimages.images(), "nats": {"url": ""}, "list": lax_ns.name,
                                           "agent": {"pullSecrets": ["pull"], "pin": True}})
        wait_until(lambda: private in listed(lax_ns), message="the ConfigMap")
        owner, = lax_ns.get("configmaps", "wi-images")["metadata"]["ownerReferences"]
        assert owner["name"] == "wi-controller"
        wait_until(lambda: lax_ns.items("pods", AGENTS), message="agents")

        def look_again():
            """The kubelet looks at a pod's ConfigMaps when the pod changes, and else about once a minute."""
            lax_ns.kubectl("annotate", "pods", "-l", AGENTS, "--overwrite", "looked-at=again")
            lax_ns.kubectl("annotate", "pods", "-l", AGENTS, "looked-at-")
        look_again()
        wait_until(lambda: all_ready(lax_ns, nodes), message="ready without NATS")
        wait_until_pulled(nodes, private)
        lax_ns.apply(deployment("other", other))
        wait_until(lambda: other in listed(lax_ns), message="the new list")
        look_again()
        wait_until_pulled(nodes, other)
        for pod in lax_ns.items("pods", AGENTS):
            log = lax_ns.kubectl("logs", pod["metadata"]["name"])
            assert os.environ["KIP_E2E_REGISTRY_PASSWORD"] not in log
        wait_until(lambda: all(set(digests.values()) <= pinned(node) for node in nodes), message="the pins")
        helm("uninstall", warmimages.RELEASE, "-n", lax_ns.name, "--timeout=150s")
        assert not any(set(digests.values()) & pinned(node) for node in nodes), "the pins are taken back"
    finally:
        kubectl("delete", "clusterrole,clusterrolebinding", binding, "--ignore-not-found", check=False)


@pytest.fixture
def tls_server(tmp_path):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=nats",
        "-addext", f"subjectAltName=IP:{nats.HOST}", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem")
    made = nats.Server(tls=(tmp_path / "cert.pem", tmp_path / "key.pem"))
    made.start()
    yield made
    made.end()


def test_a_server_with_tls_is_trusted_by_its_ca_alone(tmp_path, tls_server):
    (tmp_path / "user").write_text(nats.USER)
    (tmp_path / "password").write_text(nats.PASSWORD + "\n")

    def says(words, *args):
        """Runs an agent, without a runtime, until its log has these words; it ends at once when it is told to."""
        with open(tmp_path / "log", "w+", encoding="utf-8") as log, subprocess.Popen(
                [AGENT, "follow", f"--nats=tls://{tls_server.address}", f"--nats-username-file={tmp_path}/user",
                 f"--nats-password-file={tmp_path}/password", "--listen-address=", *args], stderr=log) as agent:
            try:
                wait_until(lambda: words in (tmp_path / "log").read_text(),
                           lambda: f"{words!r} in the log: {(tmp_path / 'log').read_text()}", timeout=30)
                agent.terminate()
                assert agent.wait(1) == 0
            finally:
                agent.kill()
        assert nats.PASSWORD not in (tmp_path / "log").read_text()
    says("the server is not trusted")
    says("connected to NATS", f"--nats-ca-file={tmp_path}/cert.pem")
    (tmp_path / "password").write_text("wrong")
    says("Authorization Violation", f"--nats-ca-file={tmp_path}/cert.pem")
