"""Etcd is put back to an earlier state, as from a backup, while the service runs: every watch is then ahead of it."""
import os
import pathlib
import shutil

import pytest

from kube.wait import wait_until

from .certs import write_kubeconfig
from .outage import Outages
from .steps import OTHER_IMAGE

pytestmark = pytest.mark.alone
AGAIN_WITHIN = 60.0  # seconds
REVISIONS = 2000     # that the backup lacks: more than the cluster makes in a minute, or watches would catch up


@pytest.fixture
def outages(cluster_tool, api, nodes):
    """Whose kubelets are started anew at the end, as their watches are ahead, too."""
    made = Outages(cluster_tool, api)
    yield made
    for number in range(1, len(api.get("/api/v1/nodes")["items"]) + 1):
        made.do("stop", f"kubelet{number}")
        made.do("start", f"kubelet{number}")
    made.heal()


def with_etcd_stopped(outages, action):
    outages.do("stop", "apiserver")
    outages.do("stop", "etcd")
    action()
    outages.do("start", "etcd")
    assert outages.begin_start().wait(300) == 0, "the API server does not start"
    wait_until(outages.api.is_ready, "the API server ready", 60)


@pytest.mark.long
def test_everything_is_followed_again_after_etcd_was_restored(world, start, outages, tmp_path):
    data, backup = pathlib.Path(os.environ["KIP_CLUSTER_DIR"]) / "etcd", tmp_path / "backup"
    way = write_kubeconfig(tmp_path / "kubeconfig", world.api.server, {"token": world.token},
                           insecure_skip_tls_verify=True)
    puller = start({**world.owned_settings(world.settings()), "KUBECONFIG": str(way)})
    uid = world.await_daemonset(more=lambda: puller.log)
    with_etcd_stopped(outages, lambda: shutil.copytree(data, backup))
    wait_until(lambda: outages.api.get("/api/v1/namespaces") is not None, "the API")
    counter = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "counter"}}
    world.api.create(f"{world.core}/configmaps", counter)
    for number in range(REVISIONS):
        world.api.patch(f"{world.core}/configmaps/counter", {"metadata": {"annotations": {"n": str(number)}}})

    def restore():
        shutil.rmtree(data)
        shutil.copytree(backup, data)
    with_etcd_stopped(outages, restore)

    world.delete_daemonset()
    world.await_daemonset(other_than=uid, within=AGAIN_WITHIN, more=lambda: puller.log)
    world.edit(IMAGES=f"one={OTHER_IMAGE}")
    image = lambda: world.daemonset()["spec"]["template"]["spec"]["containers"][0]["image"]
    wait_until(lambda: image() == OTHER_IMAGE, lambda: f"the edit is not followed\n{puller.log}", AGAIN_WITHIN)
    assert puller.is_alive()
