"""The API server ends, is killed, or hangs: the service goes on, and repairs as soon as it is back."""
import collections
import re
import time

import pytest

from kube.wait import wait_until

from .certs import write_kubeconfig
from .outage import Outages, delete_behind_the_api_server
from .puller import TERM

pytestmark = pytest.mark.alone
MOST_LINES = 20     # in such an outage, at info level
# The promise is 1 s from the API server's readiness; a machine that runs the tests of others has its own pauses.
MOST_SECONDS = 3.0
DUE_AFTER_HOURS = "0.005"  # 18 seconds: time enough to stop the API server before


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
    """Starts the API server; seconds from its readiness to the DaemonSet created again."""
    starting = outages.begin_start()
    wait_until(world.api.is_ready, "the API server ready", 180, poll=0.02)
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


def test_repairs_within_a_second_after_the_api_server_was_killed(world, running, outages):
    """In the middle of a watch; the DaemonSet goes meanwhile, and so does all that etcd knew of the time before, so the
    watch cannot be taken up where it was."""
    before = len(running.lines)
    outages.do("kill")
    delete_behind_the_api_server(world.namespace, "cache")
    stays(running, 3)
    lines = len(running.lines) - before
    took = time_of_repair(world, running, outages)
    print(f"repaired {took:.2f} s after the API server was ready; {lines} lines of log in the outage")
    assert took <= MOST_SECONDS
    assert 1 <= lines <= MOST_LINES, running.log
    follows_again(world, running)


def follows_again(world, puller, name="cache"):
    assert puller.is_alive()
    puller.await_log("following the DaemonSet again")
    uid = world.uid(name)
    world.delete_daemonset(name)
    world.await_daemonset(name, other_than=uid, more=lambda: puller.log)


def same_lines(lines):
    """The lines that came more than once, without what differs from one time to the next."""
    bare = collections.Counter(re.sub(r"\d+", "0", line) for line in lines)
    return [line for line, count in bare.items() if count > 1]


def refreshed(world, name):
    found = world.daemonset(name)
    return found and found["spec"]["template"]["metadata"]["annotations"]["che.eclipse.org/image-puller-refreshed-at"]


@pytest.mark.parametrize("seconds", [45, pytest.param(600, marks=pytest.mark.long)], ids="{} s".format)
def test_what_falls_due_in_an_outage_is_done_once_at_its_end(seconds, world, outages, start, tmp_path):
    """A refresh, and a DaemonSet that is gone, with all that etcd knew of the time before. Nobody else is blamed for
    what was tried meanwhile."""
    path = write_kubeconfig(tmp_path / "kubeconfig", world.api.server, {"token": world.token},
                            insecure_skip_tls_verify=True)
    gone = start({**world.settings("gone"), "KUBECONFIG": str(path)})
    uid = world.await_daemonset("gone", more=lambda: gone.log)
    due = start({**world.settings("due", CACHING_INTERVAL_HOURS=DUE_AFTER_HOURS), "KUBECONFIG": str(path)})
    world.await_daemonset("due", more=lambda: due.log)
    last = refreshed(world, "due")
    pullers = {"gone": gone, "due": due}
    before = {name: len(puller.lines) for name, puller in pullers.items()}
    outages.do("stop")
    delete_behind_the_api_server(world.namespace, "gone")
    for puller in pullers.values():
        stays(puller, seconds / len(pullers))
    starting = outages.begin_start()
    wait_until(world.api.is_ready, "the API server ready", 180, poll=0.02)
    ready, took = time.monotonic(), {}
    done = {"gone": lambda: world.uid("gone") not in (None, uid), "due": lambda: refreshed(world, "due") != last}
    while len(took) < len(done):
        for name in done.keys() - took.keys():
            if done[name]():
                took[name] = time.monotonic() - ready
        assert time.monotonic() - ready < 30, f"done: {took}\n{gone.log}\n{due.log}"
        time.sleep(0.02)
    lines = {name: puller.lines[before[name]:] for name, puller in pullers.items()}
    starting.wait(120)
    print(f"seconds from the API server's return to what was due: {took}")
    for name, puller in pullers.items():
        assert "again and again" not in puller.log, puller.log
        assert 1 <= len(lines[name]) <= MOST_LINES and not same_lines(lines[name]), \
            f"{same_lines(lines[name])}\n{puller.log}"
        assert took[name] <= MOST_SECONDS, f"{took}\n{puller.log}"
    follows_again(world, gone, "gone")


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
