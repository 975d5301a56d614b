"""The service takes what is published over a real NATS; and a server that is slow ends nobody."""
import contextlib
import json
import os
import subprocess

import pytest

from kip import nats
from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME
from kube.nodes import node_images
from kube.shell import ROOT
from kube.wait import wait_until

SERVICE = ROOT / "build/release/src/cli/kubernetes-image-puller"
AGENT = ROOT / "build/release/src/agent/image-puller-agent"
LIST = f"{NAME}-published"


@pytest.fixture
def server():
    """Not started yet."""
    made = nats.Server()
    yield made
    made.end()


def an_image():
    reference = new_reference()
    make_image(reference)
    return reference


def wait_until_everywhere(nodes, *references):
    wait_until(lambda: all(set(references) <= set(node_images(node)) for node in nodes),
               message=f"{references} on each node")


def stored(ns):
    found = ns.get("configmaps", LIST)
    return [each["image"] for each in json.loads(found["data"]["images.json"])["images"]] if found else []


def held(ns):
    return {c["image"] for c in ns.daemonset()["spec"]["template"]["spec"]["containers"]}


def test_what_is_published_is_on_all_nodes_and_outlives_the_service_and_the_server(ns, nodes, server):
    own, first, second = an_image(), an_image(), an_image()
    ns.kubectl("create", "secret", "generic", "nats", f"--from-literal=username={nats.USER}",
               f"--from-literal=password={nats.PASSWORD}")
    ns.install({"images": as_setting({"own": own})},
               nats={"url": f"nats://{server.address}", "existingSecret": "nats"})
    ns.wait_for_log("not connected to NATS")
    ns.wait_for_daemonset()
    wait_until_everywhere(nodes, own)

    server.start()
    ns.wait_for_log("connected to NATS", "version=")
    with nats.Client(server) as publisher:
        for message in ("not//an image", first):  # as the controller of kubernetes-warm-images does
            publisher.publish(message)
    wait_until_everywhere(nodes, first)
    ns.wait_for_log("a message is no image")
    ns.wait_for_log("published images", first)

    # Neither is there for a while.
    wait_until(lambda: stored(ns) == [first], message="the list")
    server.stop()
    ns.kubectl("delete", "pods", "-l", f"app={NAME}")
    ns.wait_for_log("every image is on every node", "images=2")
    assert held(ns) >= {own, first}

    server.start()
    ns.wait_for_log("connected to NATS", "version=")
    with nats.Client(server) as publisher:
        publisher.publish(second)
    wait_until_everywhere(nodes, second)
    assert held(ns) >= {own, first, second} and stored(ns) == [first, second]
    assert nats.PASSWORD not in ns.puller_logs()


@contextlib.contextmanager
def running(path, *command, **environment):
    """A program whose log is in a file; it ends by itself when it is told to."""
    with open(path, "w", encoding="utf-8") as log, subprocess.Popen(
            command, stderr=log, env={**os.environ, **environment}) as program:
        try:
            yield
            program.terminate()
            assert program.wait(10) == 0
        finally:
            program.kill()


def deployment(image):
    labels = {"app": "one"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "one"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}}}


@pytest.fixture
def told(ns, server, tmp_path):
    """A controller and an agent (without a runtime) of this machine: `told(*words)` waits for both logs' words."""
    server.start()
    for name, text in (("user", nats.USER), ("password", nats.PASSWORD), ("list", ns.name)):
        (tmp_path / name).write_text(text)
    flags = [f"--nats=nats://{server.address}", f"--nats-username-file={tmp_path}/user",
             f"--nats-password-file={tmp_path}/password", "--listen-address=", "--debug"]
    logs = {"publish": tmp_path / "publish.log", "follow": tmp_path / "follow.log"}

    def wait_for(who, *words, times=1):
        def there():
            lines = [line for line in logs[who].read_text().splitlines() if all(word in line for word in words)]
            assert len(lines) >= times, logs[who].read_text()
            return True
        wait_until(there, message=f"{words} in the log of {who}")
    with running(logs["follow"], AGENT, "follow", "--cri-socket=/nowhere.sock", *flags), \
            running(logs["publish"], SERVICE, "publish", f"--namespaces-file={tmp_path}/list", f"--namespace={ns.name}",
                    *flags, DISCOVER_GATHER="0s"):
        for who in logs:
            wait_for(who, "connected to NATS", "version=")
        yield wait_for


def test_a_server_that_is_slow_gets_what_it_missed(ns, server, told):
    first, second = new_reference(), new_reference()
    ns.apply(deployment(first))
    told("follow", "an image was published", first)
    server.pause()
    ns.apply(deployment(second))
    told("publish", "the list of images", "images=2")
    server.go_on()
    told("follow", "an image was published", second)


@pytest.mark.long
def test_a_server_that_hangs_is_left_and_found_again(ns, server, told):
    first, second = new_reference(), new_reference()
    ns.apply(deployment(first))
    told("follow", "an image was published", first)
    server.pause()
    for who in ("publish", "follow"):
        told(who, "no answer to PING")
    ns.apply(deployment(second))
    told("publish", "the list of images", "images=2")
    server.go_on()
    told("follow", "an image was published", second)
    told("follow", "an image was published", first, times=2)
