"""`images`: what the workloads of a cluster use."""
import os

import pytest
import yaml

from kip import BINARY
from kip.account import account_environment
from kube.shell import run
from kube.wait import wait_until


@pytest.fixture
def workloads(ns):
    """Objects of each kind, whose pods need not run; name of the part → its image."""
    images = {name: f"elsewhere.invalid/{name}:1" for name in (
        "pod", "init", "volume", "deployment", "statefulset", "daemonset", "replicaset", "job", "cronjob")}
    container = lambda name: {"name": "c", "image": images[name], "securityContext": {
        "runAsNonRoot": True, "runAsUser": 1, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"}}}
    spec = lambda name, **more: {"containers": [container(name)], "nodeSelector": {"no": "node"}, **more}
    template = lambda name, **more: {"metadata": {"labels": {"app": name}}, "spec": spec(name, **more)}
    of = lambda version, kind, **parts: {"apiVersion": version, "kind": kind, "metadata": {
        "name": kind.lower(), "labels": {"team": "web"}}, "spec": parts}
    selector = lambda name: {"matchLabels": {"app": name}}
    job = {"template": template("job", restartPolicy="Never")}
    ns.apply(
        of("v1", "Pod", **spec("pod", initContainers=[{**container("init"), "name": "i"}], volumes=[
            {"name": "v", "image": {"reference": images["volume"]}}])),
        of("apps/v1", "Deployment", replicas=2, selector=selector("deployment"), template=template("deployment")),
        of("apps/v1", "StatefulSet", selector=selector("statefulset"), serviceName="s",
           template=template("statefulset")),
        of("apps/v1", "DaemonSet", selector=selector("daemonset"), template=template("daemonset")),
        of("apps/v1", "ReplicaSet", replicas=0, selector=selector("replicaset"), template=template("replicaset")),
        of("batch/v1", "Job", **job),
        of("batch/v1", "CronJob", schedule="0 0 1 1 *", jobTemplate={"spec": {
            "template": template("cronjob", restartPolicy="Never")}}))
    return images


def listed(ns, *args):
    return run(BINARY, "images", "-n", ns.name, *args)


def test_images_lists_those_of_every_kind_of_workload(ns, workloads):
    wait_until(lambda: len(ns.items("pods", "app=deployment")) == 2, message="the Deployment's pods")
    found = yaml.safe_load(listed(ns, "-o", "yaml"))["images"]
    by_image = {each["image"]: each for each in found}

    assert by_image.keys() == set(workloads.values())
    assert found[0] == {"image": workloads["deployment"], "pods": 2, "nodes": 0, "workloads": {"Deployment": 1}}
    for kind in ("StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"):
        assert by_image[workloads[kind.lower()]]["workloads"] == {kind: 1}
    assert by_image[workloads["init"]]["pods"] == by_image[workloads["pod"]]["pods"] == 1

    setting = listed(ns, "-o", "images")
    checked = run(BINARY, "check", env={"PATH": os.environ["PATH"], "IMAGES": setting,
                                                  "IMAGES_STRICT": "true"})
    assert checked.startswith(f"ok: {len(workloads)} images"), checked
    assert set(listed(ns, "-o", "list").split()) == set(workloads.values())
    of_web = yaml.safe_load(listed(ns, "--selector=team=web", "-o", "json"))["images"]
    assert {each["image"]: each["pods"] for each in of_web} == {
        image: int(name in ("pod", "init", "volume")) for name, image in workloads.items()}, "by their own labels"
    assert workloads["pod"] not in run(BINARY, "images", "--ignore-namespace", ns.name)
    assert workloads["pod"] in run(BINARY, "images", "-A")


def test_a_kind_that_may_not_be_listed_is_named_and_the_others_are_listed(ns, workloads, tmp_path):
    env = account_environment(ns, tmp_path, "--verb=list", "--resource=pods,deployments.apps")
    tried = lambda *args: run(BINARY, "images", *args, env=env, check=False)

    done = wait_until(lambda: (found := tried("-n", ns.name, "-o", "list")).returncode == 0 and found,
                      message="the rights")
    assert workloads["deployment"] in done.stdout and workloads["cronjob"] not in done.stdout
    assert "warning: cannot list cronjobs: " in done.stderr and "cannot list pods" not in done.stderr

    everywhere = tried()
    assert (everywhere.returncode, everywhere.stdout) == (77, "")
    assert tried("-n", "NO").returncode == tried("-n", ns.name, "-l", "=!=").returncode == 64
