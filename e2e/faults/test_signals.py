"""SIGTERM and SIGINT at awkward moments: the end comes in time, with code 0, and nothing is left half-made."""
import time

import pytest

from kube.wait import wait_until

from .proxy import Rule
from .puller import INT, TERM
from .troubles import answer, silence

WITHIN = 25.0  # seconds; a pod has 30 before SIGKILL
CREATE = {"method": "POST", "path": ".*/daemonsets"}


@pytest.fixture
def begin(start, world, way):
    def run(**more):
        return start({**world.settings(**more), "KUBECONFIG": str(way)})
    return run


def ends(puller, *signals):
    """Seconds from the last of the signals to an end with code 0."""
    for count, number in enumerate(signals, 1):
        puller.signal(number)
        if count < len(signals):  # two of a kind that nobody took yet are one
            puller.await_log("signal received")
    began = time.monotonic()
    assert puller.await_end(WITHIN) == 0, puller.log
    return time.monotonic() - began


@pytest.mark.parametrize("number", [TERM, INT], ids=["SIGTERM", "SIGINT"])
def test_ends_when_nothing_is_known_yet(number, world, proxy, begin):
    """No answer to the first requests: it cannot know what there is, so it touches nothing."""
    proxy.add(Rule(silence))
    world.create_deployment("owner", replicas=1)
    puller = begin(DEPLOYMENT_NAME="owner")
    wait_until(proxy.those, "the first request")
    ends(puller, number)
    assert not proxy.those("POST|PUT|DELETE")


def test_the_daemonset_stays_with_the_deployment(world, proxy, begin):
    world.create_deployment("owner", replicas=1)
    puller = begin(DEPLOYMENT_NAME="owner")
    uid = world.await_daemonset(more=lambda: puller.log)
    assert ends(puller, TERM) < 5
    assert world.uid() == uid and not proxy.those("DELETE")


def test_the_daemonset_goes_with_a_deployment_of_no_replicas(world, begin):
    world.create_deployment("owner", replicas=0)
    puller = begin(DEPLOYMENT_NAME="owner")
    world.await_daemonset(more=lambda: puller.log)
    assert ends(puller, TERM) < 15, puller.log  # it sees the end, and does not wait for its deadline
    assert world.daemonset() is None, puller.log


def test_a_deployment_that_was_never_read_keeps_the_daemonset(world, proxy, begin, start):
    """The signal comes while a busy API server has answered neither question, and then the one that says nothing of
    the Deployment is answered first."""
    world.create_deployment("owner", replicas=1)
    first = begin(DEPLOYMENT_NAME="owner")
    uid = world.await_daemonset(more=lambda: first.log)
    ends(first, TERM)
    unread = proxy.add(Rule(answer(503), "GET", ".*/deployments/owner"))
    other = proxy.add(Rule(answer(503), "GET", r"/apis/route\.openshift\.io"))
    puller = begin(DEPLOYMENT_NAME="owner")
    wait_until(lambda: unread.hits and other.hits, lambda: puller.log)
    puller.signal(TERM)
    puller.await_log("signal received")
    other.lifted = True
    wait_until(lambda: proxy.those("GET", r"/apis/route\.openshift\.io")[-1].status, lambda: puller.log)
    end = time.monotonic() + 2
    while time.monotonic() < end and puller.is_alive():
        assert not proxy.those("DELETE"), puller.log
        time.sleep(0.05)
    unread.lifted = True  # and it says: one replica
    assert puller.await_end(WITHIN) == 0, puller.log
    assert world.uid() == uid and not proxy.those("DELETE"), puller.log


def test_an_edit_during_the_end_begins_nothing(world, proxy, begin):
    """The DaemonSet goes with its Deployment, and somebody holds it; meanwhile it gets another name."""
    settings = world.owned_settings(world.settings(), DAEMONSET_NAME="cache")
    puller = begin(**settings)
    world.await_daemonset(more=lambda: puller.log)
    wait_until(lambda: proxy.those("GET", ".*/configmaps", watch=True), lambda: puller.log)
    world.api.patch(world.daemonset_path("cache"), {"metadata": {"finalizers": ["kip-faults/held"]}})
    try:
        puller.signal(TERM)
        wait_until(lambda: proxy.those("DELETE"), lambda: puller.log)
        world.edit(DAEMONSET_NAME="renamed")
        assert puller.await_end(WITHIN) == 0, puller.log
        assert world.daemonset("renamed") is None, puller.log
    finally:
        world.api.patch(world.daemonset_path("cache"), {"metadata": {"finalizers": None}})


def test_a_create_whose_answer_hangs_is_not_made_twice(world, proxy, begin):
    """The signal comes between the request and its answer."""
    proxy.add(Rule(silence, **CREATE))
    world.create_deployment("owner", replicas=1)
    puller = begin(DEPLOYMENT_NAME="owner")
    wait_until(lambda: proxy.those(**CREATE), lambda: puller.log)
    ends(puller, TERM)
    assert len(proxy.those("POST|PUT|DELETE", ".*/daemonsets.*")) <= 1, puller.log
    assert world.daemonset() is None


def test_a_second_signal_ends_it_at_once(world, proxy, begin):
    proxy.add(Rule(silence))
    world.create_deployment("owner", replicas=1)
    puller = begin(DEPLOYMENT_NAME="owner")
    wait_until(proxy.those, "the first request")
    assert ends(puller, TERM, TERM) < 3
    assert puller.log.count("signal received") == 2


def test_a_signal_while_starting_never_leaves_more_than_one_change(world, proxy, begin, start):
    """At several moments of the first 200 ms: whenever it ends, there is one whole DaemonSet, or none."""
    world.create_deployment("owner", replicas=1)
    for round_ in range(5):
        proxy.requests.clear()
        puller = begin(DEPLOYMENT_NAME="owner")
        puller.await_log("starting")  # from here on it handles signals
        end = time.monotonic() + round_ * 0.04
        wait_until(lambda: time.monotonic() >= end, "a moment", poll=0.005)  # noqa: B023
        ends(puller, TERM)
        found = world.daemonset()
        assert len(proxy.those("POST", ".*/daemonsets", passed=True)) <= 1
        assert not proxy.those("DELETE"), puller.log
        assert found is None or found["metadata"]["ownerReferences"][0]["name"] == "owner"
        world.delete_daemonset()
        wait_until(lambda: world.daemonset() is None, "the DaemonSet gone")
