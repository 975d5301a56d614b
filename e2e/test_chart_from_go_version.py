"""helm upgrade of a release of the Go version's chart, with its name and values, and the way back."""
from datetime import UTC, datetime

import pytest

from kip import goversion
from kip.docs import Reader
from kip.images import as_setting, split
from kip.namespace import NAME
from kube.shell import CHART, helm
from kube.wait import wait_until

# From our pod's start to the DaemonSet. The promise is 1 s; a machine that runs the tests of others has its own pauses.
LONGEST_SECONDS = 3.0


def started_at(line):
    """The time that begins a line of the service's log."""
    text = line.split("time=", 1)[1].split()[0]
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()


@pytest.fixture
def images():
    return {"one": goversion.image_with_shell()}  # with the libraries that the Go version's sleep needs


@pytest.fixture
def old(lax_ns, nodes, images):
    """A release of the Go version that runs: its pods do not pass Pod Security. Returns the namespace."""
    registry, path, tag = split(goversion.service_image(lax_ns.name, images))
    helm("install", NAME, goversion.CHART, "-n", lax_ns.name, "--set-string",
         f"image.repository={registry}/{path},image.tag={tag},configMap.images={as_setting(images)},"
         "configMap.cachingCpuRequest=.001,configMap.cachingMemoryRequest=1Mi")
    lax_ns.wait_until_ready(nodes, images)
    return lax_ns


# The first is what the Go version's users know; its stored values lack all that is new in this chart.
@pytest.mark.parametrize("keeps", ["--reuse-values", "--reset-then-reuse-values"])
def test_a_release_of_the_go_version_is_upgraded_and_its_daemonset_is_there_within_a_second(
        old, nodes, images, keeps, tmp_path):
    image = old.values({}, {})["image"]
    reader = Reader(old.name, tmp_path, images["one"])
    assert reader.runs("docs/from-the-go-version.md", "1. Check the old settings").startswith("ok: 1 image")
    before = old.daemonset()["metadata"]["uid"]
    with old.watch("daemonsets") as watch:
        wait_until(lambda: watch.events, message="the old DaemonSet in the watch")
        if keeps == "--reuse-values":
            reader.runs("docs/from-the-go-version.md", "3. Upgrade")
        else:
            helm("upgrade", NAME, CHART, "-n", old.name, keeps, "--set-string",
                 f"image.repository={image['repository']},image.tag={image['tag']}")
        new = watch.wait_for(lambda e: e.uid != before, "our DaemonSet")
        watch.assert_alive()
        events = list(watch.events)

    old.wait_until_ready(nodes, images)
    assert any(e.uid == before and e.type == "DELETED" for e in events), "the Go version deletes its own as it ends"
    taken = new.wall_time - started_at(old.wait_for_log("starting", "version="))
    assert taken < LONGEST_SECONDS, f"{taken:.2f} s from our start to the DaemonSet"
    data = old.get("configmaps", "k8s-image-puller")["data"]
    assert data["IMAGES"] == as_setting(images) and "KIP_IMAGE" not in data
    assert old.daemonset()["spec"]["template"]["spec"]["initContainers"][0]["command"][0] == "/bin/sleep"
    assert "KIP_IMAGE is of another repository" not in old.puller_logs()

    if keeps == "--reuse-values":  # and back
        reader.runs("docs/from-the-go-version.md", "The way back")
        old.wait_for_daemonset(lambda d: d["metadata"]["uid"] != new.uid, "the Go version's DaemonSet")
        old.wait_until_ready(nodes, images)
