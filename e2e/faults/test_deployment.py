"""What becomes of the DaemonSet and of live settings when the Deployment is not as the chart makes it."""
import time

import pytest

from kube.wait import wait_until

from .steps import OTHER_IMAGE

SETTLED = 10.0  # seconds; the garbage collector takes one or two to see that an owner has gone


@pytest.fixture
def begin(start, world, way):
    return lambda settings: start({**settings, "KUBECONFIG": str(way)})


def owners(world):
    return [owner["name"] for owner in (world.daemonset() or {"metadata": {}})["metadata"].get("ownerReferences", [])]


def test_a_deployment_that_is_deleted_with_cascade_orphan_leaves_the_daemonset(world, begin, proxy):
    """Its pods stay, too, so the service goes on: it must not make the DaemonSet a child of the dead again."""
    puller = begin(world.owned_settings(world.settings()))
    uid = world.await_daemonset(more=lambda: puller.log)
    wait_until(lambda: owners(world) == ["cache"], "the owner")
    path = f"{world.apps}/deployments/cache"
    world.api.delete(path, propagationPolicy="Orphan")
    wait_until(lambda: world.api.get(path) is None, "the Deployment gone")
    end = time.monotonic() + SETTLED
    while time.monotonic() < end:
        assert world.uid() == uid, f"{proxy.those('PUT|POST|DELETE')}\n{puller.log}"
        time.sleep(0.1)
    assert owners(world) == [] and puller.is_alive(), puller.log


def name_as_source(world, *sources):
    """Sets envFrom of the Deployment to these ConfigMaps, that are optional."""
    path = f"{world.apps}/deployments/cache"
    containers = world.api.get(path)["spec"]["template"]["spec"]["containers"]
    containers[0]["envFrom"] = [{"configMapRef": {"name": name, "optional": True}} for name in sources]
    world.api.patch(path, {"spec": {"template": {"spec": {"containers": containers}}}})


@pytest.mark.parametrize("sources", [["absent", "cache"], ["cache", "cache"]], ids=["one is absent", "one twice"])
def test_an_edit_is_followed_whatever_else_env_from_names(sources, world, begin):
    settings = world.owned_settings(world.settings())
    name_as_source(world, *sources)
    puller = begin(settings)
    world.await_daemonset(more=lambda: puller.log)
    world.edit(IMAGES=f"one={OTHER_IMAGE}")
    image = lambda: world.daemonset()["spec"]["template"]["spec"]["containers"][0]["image"]
    wait_until(lambda: image() == OTHER_IMAGE, lambda: f"the edit is not followed\n{puller.log}", 15)
