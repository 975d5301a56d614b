"""Name servers that say nothing: a registry's name cannot be learned, and nothing else may wait for that."""
import os
import random
import socket
import time

import pytest

from kube.wait import wait_until

from .puller import TERM

# The first argument takes the place of /etc/resolv.conf, for this process alone.
WITH_RESOLV_CONF = ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                    'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh"]


@pytest.fixture
def silent_name_server():
    """Takes every question, answers none. The questions so far, when called."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a process an /etc/resolv.conf of its own")
    questions = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((f"127.{random.randint(1, 250)}.{random.randint(1, 250)}.53", 53))
        server.setblocking(False)

        def asked():
            while True:
                try:
                    questions.append(server.recv(4096))
                except BlockingIOError:
                    return questions

        asked.address = server.getsockname()[0]
        yield asked


@pytest.fixture
def puller(tmp_path, world, proxy, way, silent_name_server, start):
    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text(f"nameserver {silent_name_server.address}\nsearch a.example b.example c.example\n")
    puller = start({**world.settings(IMAGES="one=registry.silent.example/a:1"), "KUBECONFIG": str(way)},
                   under=[*WITH_RESOLV_CONF, str(resolv_conf)])
    world.await_daemonset(more=lambda: puller.log)
    wait_until(silent_name_server, lambda: f"a question for the registry's name\n{puller.log}")
    return puller


def test_a_registry_whose_name_cannot_be_learned_holds_no_repair_back(world, proxy, puller):
    """A look-up takes half a minute here. Repairs need a new connection to the API server each."""
    for _ in range(3):
        before = world.uid()
        proxy.cut()
        world.delete_daemonset()
        world.await_daemonset(other_than=before, within=8, more=lambda: puller.log)


def test_a_look_up_holds_the_end_back_no_more(puller):
    puller.signal(TERM)
    began = time.monotonic()
    assert puller.await_end() == 0, puller.log
    assert time.monotonic() - began < 5, puller.log
