"""A webhook whose backend never answers, and which is to be ignored then: the API server waits for it, and so does who
asks."""
import base64
import contextlib
import socket
import ssl
import threading
import time

import pytest

from kube.wait import wait_until

from .certs import write_kubeconfig
from .world import World


class Silent:
    """Takes connections and says nothing, once there is TLS: a handshake that hangs is given up after 10 s, whatever
    the timeout. The API server of the local cluster runs in the tests' network namespace."""

    def __init__(self, certificate):
        self.server, self.taken = socket.create_server(("127.0.0.1", 0)), []
        self.port = self.server.getsockname()[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                connection = self.server.accept()[0]
            except OSError:
                return  # closed
            connection.settimeout(5)
            try:
                self.taken.append(self.context.wrap_socket(connection, server_side=True))
            except OSError:
                connection.close()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        for each in [self.server, *self.taken]:
            each.close()


@pytest.fixture
def backend(cluster_tool, authority, certificate):
    made = Silent(certificate)
    made.trusted_by = base64.b64encode(authority.certificate.read_bytes()).decode()
    yield made
    made.close()


WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


def webhook(world, backend, timeout):
    return {"metadata": {"name": world.namespace}, "webhooks": [{
        "name": "silent.example.com", "failurePolicy": "Ignore", "timeoutSeconds": timeout, "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "clientConfig": {"url": f"https://127.0.0.1:{backend.port}/", "caBundle": backend.trusted_by},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
        "rules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                   "resources": ["daemonsets"]}]}]}


def is_asked(world, backend):
    """Whether the API server asks the webhook already: it learns of it a moment later."""
    labels = {"app": "probe"}
    before = len(backend.taken)
    with contextlib.suppress(OSError):
        world.api.request("POST", f"{world.apps}/daemonsets?dryRun=All", timeout=1, body={
            "metadata": {"name": "probe"}, "spec": {"selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "probe", "image": "probe"}]}}}})
    return len(backend.taken) > before


def test_a_webhook_that_takes_its_full_timeout_is_waited_for(api, binary, backend, start, tmp_path):
    """Of the API's default timeout, and of its longest. Both at once, as it is mostly waiting."""
    worlds = {10: World(api), 30: World(api)}
    try:
        pullers = {}
        for timeout, world in worlds.items():
            api.create(WEBHOOKS, webhook(world, backend, timeout))
            wait_until(lambda: is_asked(world, backend), "the webhook asked")  # noqa: B023
            way = write_kubeconfig(tmp_path / f"kubeconfig-{timeout}", api.server, {"token": world.token},
                                   insecure_skip_tls_verify=True)
            pullers[timeout] = start({**world.settings(), "KUBECONFIG": str(way)})
        began = time.monotonic()
        for timeout, world in worlds.items():
            puller = pullers[timeout]
            world.await_daemonset(within=timeout + 8 - (time.monotonic() - began), more=lambda: puller.log)  # noqa: B023
            took = time.monotonic() - began
            assert took > timeout - 3 and not puller.said("request failed"), f"{took} s\n{puller.log}"
    finally:
        for world in worlds.values():
            api.delete(f"{WEBHOOKS}/{world.namespace}")
            world.close()
