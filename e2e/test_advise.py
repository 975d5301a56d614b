"""`advise`: what the list was worth, by what the kubelets told."""
import json
import os

import pytest

from kip import BINARY
from kip.account import account_environment
from kip.docs import Reader
from kip.images import as_setting, make_image, new_reference
from kip.registry import downloads_of
from kube.shell import run
from kube.wait import wait_until

CONTAINER = {"securityContext": {
    "runAsNonRoot": True, "runAsUser": 1, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"}}}


@pytest.fixture
def images():
    """The two that are listed, of which one is used, and one that is not listed."""
    found = {name: new_reference(name) for name in ("listed", "unused", "other")}
    for reference in found.values():
        make_image(reference, size=1_000_000)
    return found


@pytest.fixture
def warm(ns, nodes, images):
    """The namespace with a puller that has the listed ones on every node."""
    listed = {name: images[name] for name in ("listed", "unused")}
    ns.install({"images": as_setting(listed)})
    ns.wait_until_ready(nodes, listed)
    return ns


def begin(ns, image, policy="IfNotPresent", **node):
    """A pod whose container begins once, and fails, as its image has no program."""
    name = f"pod-{begin.count}"
    begin.count += 1
    ns.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": image, "imagePullPolicy": policy, **CONTAINER}],
        **node}})
    return name


begin.count = 0


def wait_for_ends(ns, pods):
    wait_until(lambda: all(ns.get("pods", pod)["status"].get("phase") == "Failed" for pod in pods),
               message="the containers to have begun")


def advised(ns, starts):
    """By image, once the Events of so many starts are there; and all."""
    def all_told():
        found = json.loads(run(BINARY, "advise", "-n", ns.name, "-o", "json"))
        by_image = {each["image"]: each for each in found["images"]}
        told = {image: by_image[image]["hits"] + by_image[image]["pulls"] for image in starts if image in by_image}
        assert told == starts, found
        return by_image, found
    return wait_until(all_told, message="the kubelets' Events")


def test_the_hit_rate_is_that_of_the_registrys_own_log(warm, nodes, images, tmp_path):
    listed, other = images["listed"], images["other"]
    before = downloads_of(listed) + downloads_of(other)
    assert before == len(nodes), "what the puller fetched"
    # One after another: the second finds what the first pulled.
    for _ in range(2):
        wait_for_ends(warm, [begin(warm, other, nodeName=node) for node in nodes])
    wait_for_ends(warm, [begin(warm, listed, policy, nodeName=node) for node in nodes
                         for policy in ("IfNotPresent", "IfNotPresent", "IfNotPresent", "Always")])

    by_image, found = advised(warm, {listed: 4 * len(nodes), other: 2 * len(nodes)})

    downloads = downloads_of(listed) + downloads_of(other) - before
    ours = [by_image[listed], by_image[other]]
    starts = sum(each["hits"] + each["pulls"] for each in ours)
    assert sum(each["hits"] for each in ours) / starts == pytest.approx(1 - downloads / starts, abs=0.05)
    assert (by_image[listed]["pulls"], by_image[listed]["hitsThatAsked"]) == (0, len(nodes))
    assert by_image[listed]["samples"] == len(nodes), "the puller's own pulls say what each hit saved"
    assert 1_000_000 < by_image[listed]["bytes"] < 1_010_000
    assert by_image[listed]["savedSeconds"] > 0 and by_image[other]["spentSeconds"] > 0
    assert {image: by_image[image]["advice"] for image in images.values()} == {
        listed: "keep", images["unused"]: "drop", other: "add"}
    assert by_image[other]["pullNodes"] == len(nodes) and found["span"]["untold"] == 0

    said = run(BINARY, "advise", "-n", warm.name, "-o", "images", check=False)
    assert f"warning: left out, as nothing uses it: {images['unused']}" in said.stderr
    assert f"listed={listed};" in said.stdout and images["unused"] not in said.stdout
    checked = run(BINARY, "check", env={"PATH": os.environ["PATH"], "IMAGES": said.stdout, "IMAGES_STRICT": "true"})
    assert checked.startswith("ok: "), checked

    told = Reader(warm.name, tmp_path, images["listed"]).runs("docs/advise.md", "Run it")
    assert "Saved by the list, estimated by" in told and f"listed={listed};" in told
    assert any(line.startswith(other) and " add " in line for line in told.splitlines()), told


def test_what_may_not_be_listed_is_named_and_the_rest_is_told(warm, images, tmp_path):
    env = account_environment(warm, tmp_path, "--verb=list", "--resource=pods,daemonsets.apps")
    tried = lambda *args: run(BINARY, "advise", *args, env=env, check=False)

    done = wait_until(lambda: (found := tried("-n", warm.name, "-o", "json")).returncode == 0 and found,
                      message="the rights")
    assert "warning: cannot list events: " in done.stderr
    assert "warning: cannot list daemonsets of image pullers in all namespaces: " in done.stderr
    told = json.loads(done.stdout)
    assert told["span"] is None and told["total"]["hitRate"] is None
    advice = {each["image"]: each["advice"] for each in told["images"]}
    assert advice[images["unused"]] == "drop" and len(advice) == 3, "the listed, and the puller's own"
    assert "There are no Events of pulls" in tried("-n", warm.name).stdout

    everywhere = tried()
    assert (everywhere.returncode, everywhere.stdout) == (77, "")
    assert tried("-n", "NO").returncode == tried("--selector=a=b").returncode == 64


def test_what_is_narrowed_to_other_namespaces_knows_the_list_all_the_same(warm, images):
    told = json.loads(run(BINARY, "advise", "--ignore-namespace", warm.name, "-o", "json"))
    listed = [each["image"] for each in told["images"] if each["listed"]]
    assert {images["listed"], images["unused"]} <= set(listed)
