"""The binary on somebody's workstation, with a kubeconfig and without a Deployment: it has no image of its own."""
import pytest

from kube.wait import wait_until

from .world import IMAGE


@pytest.fixture
def begin(start, world, way):
    def run(**more):
        settings = {**world.settings(**more), "KUBECONFIG": str(way)}
        return start({key: value for key, value in settings.items() if value})
    return run


def asks_for_it(puller, proxy):
    puller.await_log("level=warning.*set KIP_IMAGE")
    assert puller.said("finding=KipImageUnknown"), puller.log
    assert not proxy.those("POST|PUT|DELETE", ".*/daemonsets.*"), "no pods that cannot start"
    assert puller.is_alive(), puller.log


def test_it_asks_for_the_image_that_holds_sleep(world, proxy, begin):
    asks_for_it(begin(KIP_IMAGE=""), proxy)
    assert world.daemonset() is None
    begin(KIP_IMAGE=IMAGE)
    world.await_daemonset()


def test_a_daemonset_that_was_made_with_it_stays_without(world, proxy, begin):
    first = begin(KIP_IMAGE=IMAGE)
    world.await_daemonset(more=lambda: first.log)
    wait_until(lambda: proxy.those("GET", ".*/daemonsets", watch=True), lambda: first.log)
    first.end()
    before = world.daemonset()["metadata"]["resourceVersion"]
    proxy.requests.clear()
    asks_for_it(begin(KIP_IMAGE=""), proxy)
    assert world.daemonset()["metadata"]["resourceVersion"] == before
