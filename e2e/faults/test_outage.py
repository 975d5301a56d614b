"""The API server ends, is killed, or hangs: the service goes on, and repairs as soon as it is back."""
import time

import pytest

from .certs import write_kubeconfig
from .outage import Outages, delete_behind_the_api_server
from .puller import TERM
from .rest import eventually

OUTAGE = 30.0       # seconds
MOST_LINES = 20     # in such an outage, at info level
# The promise is 1 s from the API server's readiness; a machine that runs the tests of others has its own pauses.
MOST_SECONDS = 3.0


@pytest.fixture
def outages(cluster_tool, api):
    made = Outages(cluster_tool, api)
    yield made
    made.heal()


@pytest.fixture
def running(tmp_path, start, world):
    """The service, straight at the API server, and its DaemonSet's uid."""
    path = write_kubeconfig(tmp_path / "kubeconfig", world.api.server, {"token": world.token},
                            insecure_skip_tls_verify=True)
    world.create_deployment("owner")
    puller = start({**world.settings(DEPLOYMENT_NAME="owner"), "KUBECONFIG": str(path)})
    uid = world.await_daemonset(more=lambda: puller.log)
    puller.uid = uid
    return puller


def time_of_repair(world, puller, outages):
    """Starts the API server; seconds from its readiness to the DaemonSet made anew."""
    starting = outages.begin_start()
    eventually(world.api.is_ready, "the API server ready", 180, every=0.02)
    ready = time.monotonic()
    world.await_daemonset(other_than=puller.uid, within=30, more=lambda: puller.log)
    took = time.monotonic() - ready
    starting.wait(120)
    return took


def stays(puller, seconds):
    """The service lives through this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert puller.is_alive(), f"ended with {puller.process.returncode}\n{puller.log}"
        time.sleep(0.2)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_repairs_within_a_second_of_the_api_servers_return(how, world, running, outages):
    """Stopped for 30 s, or killed in the middle of a watch; the DaemonSet goes meanwhile, and so does all that etcd
    knew of the time before, so the watch cannot be taken up where it was."""
    before = len(running.lines)
    outages.do(how)
    delete_behind_the_api_server(world.namespace, "cache")
    stays(running, OUTAGE if how == "stop" else 3)
    lines = len(running.lines) - before
    took = time_of_repair(world, running, outages)
    print(f"repaired {took:.2f} s after the API server was ready; {lines} lines of log in the outage")
    assert took <= MOST_SECONDS
    assert 1 <= lines <= MOST_LINES, running.log
    assert running.is_alive()
    running.await_log("following the DaemonSet again")
    world.delete_daemonset()  # and it follows again
    world.await_daemonset(other_than=world.uid(), more=lambda: running.log)


def test_an_api_server_that_hangs_is_waited_for(world, running, outages, start, tmp_path):
    """One service that watches, and one that starts meanwhile and gets no answer to its first request."""
    outages.do("pause")
    late = start({**world.settings("late"), "KUBECONFIG": str(tmp_path / "kubeconfig")})
    late.await_log("level=warning.*within 10s", 20)
    delete_behind_the_api_server(world.namespace, "cache")
    assert running.is_alive() and late.is_alive()
    lines = len(late.lines)
    assert lines <= MOST_LINES, late.log
    outages.do("resume")
    world.await_daemonset("late", within=40, more=lambda: late.log)
    world.await_daemonset(other_than=running.uid, within=40, more=lambda: running.log)
    assert running.is_alive() and late.is_alive()


def test_ends_within_its_time_while_the_api_server_is_away(world, running, outages):
    """And the DaemonSet stays, as nobody could say that the Deployment is gone."""
    outages.do("stop")
    running.await_log("level=warning")
    began = time.monotonic()
    running.signal(TERM)
    assert running.await_end(25) == 0
    print(f"ended after {time.monotonic() - began:.1f} s")
    outages.heal()
    assert world.uid() == running.uid
