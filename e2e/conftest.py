"""Fixtures of the end-to-end tests. hack/run-e2e.sh says what they get from the environment. Beside that:

  KIP_E2E_KEEP              set: the namespaces stay, to be looked at
  KIP_E2E_TIMEOUT_SECONDS   how long to wait for anything (180), for machines that are slower yet
  KIP_E2E_REGISTRY_LOG      the open registry's access log, of tests that count its requests
  KIP_E2E_BINARY            the binary for `render` and `check`, where it is not that of build/release
"""
import os
import sys

import pytest

from kip.images import make_image, new_reference
from kip.namespace import Namespace
from kube.nodes import node_names
from kube.shell import kubectl


def pytest_addoption(parser):
    parser.addoption("--alone", choices=["no", "only"], help="leave out what is marked `alone`, or run nothing else")


def pytest_collection_modifyitems(config, items):
    chosen = config.getoption("--alone")
    others = [item for item in items if chosen and (item.get_closest_marker("alone") is None) == (chosen == "only")]
    config.hook.pytest_deselected(items=others)
    # What has to be run in one worker is the longest, so it begins first.
    items[:] = sorted((item for item in items if item not in others),
                      key=lambda item: item.get_closest_marker("xdist_group") is None)
    if not os.environ.get("KIP_E2E_IMAGE"):
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no cluster given: run hack/run-e2e.sh"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Remembers on the test how it went, for the namespace's end."""
    outcome = yield
    if outcome.get_result().failed:
        item.kip_failed = True


@pytest.fixture(scope="session")
def nodes():
    """The names of the nodes, at least two."""
    names = node_names()
    assert len(names) >= 2, f"the tests need two nodes that take pods, there are {names}"
    return names


def a_namespace(request, **options):
    space = Namespace(**options)
    yield space
    if getattr(request.node, "kip_failed", False):
        print(f"--- namespace {space.name}: the puller's log\n{space.puller_logs()}", file=sys.stderr)
        print(space.kubectl("get", "daemonsets,pods", "-o", "wide", check=False).stdout, file=sys.stderr)
        print(space.kubectl("get", "events", check=False).stdout, file=sys.stderr)
    if not os.environ.get("KIP_E2E_KEEP"):
        space.remove()


@pytest.fixture
def tools():
    """The reference of an image of the service's, in the open registry."""
    reference = new_reference("tools")
    make_image(reference)
    return reference


@pytest.fixture
def ns(request):
    """A fresh namespace, in which Pod Security "restricted" is enforced."""
    yield from a_namespace(request)


@pytest.fixture
def lax_ns(request):
    """A fresh namespace without Pod Security, for what the Go version made."""
    yield from a_namespace(request, restricted=False)


@pytest.fixture
def labelled(ns, nodes):
    """One node gets a label of this test: (node, key)."""
    key = f"kip-e2e/{ns.name}"
    kubectl("label", "node", nodes[0], f"{key}=yes")
    yield nodes[0], key
    kubectl("label", "node", nodes[0], f"{key}-")
