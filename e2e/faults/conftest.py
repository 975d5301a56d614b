"""Fixtures of the fault tests. They talk to the API server themselves, and run the service as a process here."""
import os

import pytest

from kip import BINARY
from kube import client
from kube.shell import ROOT

from . import troubles
from .certs import Authority, write_kubeconfig
from .proxy import Proxy
from .puller import Puller
from .world import World


@pytest.fixture(scope="session")
def api():
    if not os.environ.get("KUBECONFIG"):
        pytest.fail("no KUBECONFIG: run hack/run-e2e.sh")
    return client.current()


@pytest.fixture(scope="session")
def binary():
    if not BINARY.exists():
        pytest.fail(f"no {BINARY}: run make build, or set KIP_E2E_BINARY")
    return BINARY


@pytest.fixture
def world(api, binary):
    made = World(api)
    yield made
    made.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def certificate(authority):
    """Of the proxies: they listen on loopback."""
    return authority.issue("proxy", "IP:127.0.0.1,DNS:localhost")


@pytest.fixture
def proxy(api, certificate):
    with Proxy(api, certificate) as made:
        yield made


@pytest.fixture
def elsewhere(api, certificate):
    """The host that a redirect names. Nobody should ever come there."""
    with Proxy(api, certificate) as made:
        troubles.REDIRECT_TARGET["url"] = made.url
        yield made


@pytest.fixture
def way(tmp_path, world, proxy, authority):
    """A kubeconfig that leads through the proxy, with the account's token."""
    return write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"token": world.token},
                            certificate_authority=authority.certificate)


@pytest.fixture
def start(tmp_path):
    """Starts the service; whatever happens, it ends with the test."""
    started = []

    def begin(settings, *arguments, under=()):
        started.append(Puller(tmp_path, settings, *arguments, under=under))
        return started[-1]

    yield begin
    for puller in started:
        puller.end()


@pytest.fixture(scope="session")
def cluster_tool():
    """hack/cluster, for the tests that stop what the cluster is made of."""
    if os.environ.get("KIP_E2E_CLUSTER") != "local":
        pytest.skip("kind has no way to stop the API server alone: needs hack/cluster")
    return ROOT / "hack/cluster"
