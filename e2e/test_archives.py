"""Archives of images, as nested Docker and others load them, and the chart that keeps them on nodes."""
import json
import os
import pathlib
import shutil
import tempfile
import threading

import pytest
import yaml

from kip import BINARY
from kip.docker import docker_engine
from kip.docs import Reader
from kip.images import PRIVATE_REGISTRY, REGISTRY, make_image, make_zstd_image, new_reference, tar_of
from kube.nodes import ctr
from kube.shell import ROOT, helm, run
from kube.wait import wait_until

CHART = ROOT / "deploy/image-preloader"
SLEEP = next((ROOT / "build/release/sleep").glob(f"{os.uname().machine}/sleep"), None)


@pytest.fixture
def folder():
    """Short, as a path of a socket has to be, and removed: it may hold some hundred megabytes."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="kip-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def docker():
    with docker_engine() as engine:
        yield engine.docker


def archive(path, *args, check=True):
    return run(BINARY, "archive", "--once", f"--path={path}", "--max-age=0", *args, check=check,
               env={"PATH": os.environ["PATH"], "INSECURE_REGISTRIES": f"{REGISTRY};{PRIVATE_REGISTRY}"})


def runnable(reference, note=b""):
    """An image whose program ends when its argument, a duration, is over. note makes it another image."""
    make_image(reference, files={"payload": (0o755, SLEEP.read_bytes()), "note": (0o444, note)})


def file_of(reference):
    """e2e/NAME_1.tar of HOST:PORT/e2e/NAME:1"""
    return reference.split("/", 1)[1].replace(":", "_") + ".tar"


def test_an_archive_loads_in_docker_containerd_and_skopeo_and_runs(folder, docker, nodes):
    reference = new_reference("archived")
    runnable(reference)
    archive(folder / "images", f"--report={folder}/report", reference)
    report = json.loads((folder / "report").read_text())
    assert (report["images"], report["failed"], report["downloaded"]) == (1, 0, 1)
    tar = folder / "images" / file_of(reference)
    host, port = reference.split("/")[0].split(":")
    old_name = folder / "images" / f"{host}_{port}" / (reference.split("/", 1)[1].rsplit(":", 1)[0] + ".tar")
    assert old_name.read_bytes() == tar.read_bytes(), "the name that the chart before ours gave it"

    assert f"Loaded image: {reference}" in docker("load", "-i", tar)
    docker("run", "--rm", "--network=none", reference, "1ms")

    ctr(nodes[0], "images", "import", tar)
    assert reference in ctr(nodes[0], "images", "ls", "-q").split()
    ctr(nodes[0], "images", "rm", reference)

    assert '"Layers"' in run("skopeo", "inspect", f"docker-archive:{tar}:{reference}")
    assert '"Digest"' in run("skopeo", "inspect", f"oci-archive:{tar}")


def test_a_layer_of_zstd_loads_in_docker_too(folder, docker):
    reference = new_reference("zstd")
    make_zstd_image(reference, tar_of({"payload": (0o755, SLEEP.read_bytes())}))
    archive(folder / "images", reference)
    assert f"Loaded image: {reference}" in docker("load", "-i", folder / "images" / file_of(reference))
    docker("run", "--rm", "--network=none", reference, "/payload", "1ms")


def test_an_oci_archive_is_what_image_folders_take(folder, nodes):
    reference = new_reference("oci")
    make_image(reference)
    archive(folder / "images", "--format=oci-archive", reference)
    tar = folder / "images" / file_of(reference).replace("/", "_")
    ctr(nodes[0], "images", "import", tar)
    assert reference in ctr(nodes[0], "images", "ls", "-q").split()
    ctr(nodes[0], "images", "rm", reference)
    assert "manifest.json" not in run("tar", "-tf", tar)


def test_a_private_image_is_archived_with_the_secret(folder):
    reference = new_reference("private", PRIVATE_REGISTRY)
    make_image(reference, size=1000)
    assert archive(folder / "images", "--overall-timeout=1s", reference, check=False).returncode == 1
    secret = folder / "config.json"
    secret.write_text(json.dumps({"auths": {PRIVATE_REGISTRY: {
        "username": os.environ["KIP_E2E_REGISTRY_USER"], "password": os.environ["KIP_E2E_REGISTRY_PASSWORD"]}}}))
    archive(folder / "images", f"--pull-secret={secret}", reference)
    assert (folder / "images" / file_of(reference)).stat().st_mode & 0o777 == 0o644


@pytest.fixture
def small_disk(folder):
    """A folder that is a disk of 3 MB."""
    path = folder / "small"
    path.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", path)
    yield path
    run("umount", "-l", path)


def test_on_a_full_disk_the_old_archive_stays_and_nothing_else(small_disk):
    reference = new_reference("full")
    make_image(reference, size=1_000_000)
    archive(small_disk, reference)
    before = (small_disk / file_of(reference)).read_bytes()
    make_image(reference, size=2_500_000)
    refused = archive(small_disk, "--overall-timeout=2s", reference, check=False)
    assert refused.returncode == 1 and 'kind="no space"' in refused.stderr, refused.stderr
    assert (small_disk / file_of(reference)).read_bytes() == before
    # The sum of sizes fits, and what a layer unpacks to does not.
    make_zstd_image(reference, bytes(4_000_000))
    refused = archive(small_disk, "--overall-timeout=2s", reference, check=False)
    assert refused.returncode == 1 and "its archive needs" in refused.stderr, refused.stderr
    assert (small_disk / file_of(reference)).read_bytes() == before
    assert not list((small_disk / ".kubernetes-image-puller/partial").iterdir())


def load_while_it_is_replaced(folder, docker, times):
    """Each load has to find a whole archive of one image or the other."""
    reference = new_reference("replaced")
    runnable(reference, os.urandom(2_000_000))
    images = folder / "images"
    archive(images, reference)
    is_over, rebuilt = threading.Event(), []

    def replace():
        while not is_over.is_set():
            runnable(reference, os.urandom(2_000_000))
            rebuilt.append("status=downloaded" in archive(images, reference, check=False).stderr)

    replacing = threading.Thread(target=replace)
    replacing.start()
    try:
        for _ in range(times):
            assert reference in docker("load", "-i", images / file_of(reference))
    finally:
        is_over.set()
        replacing.join()
    assert rebuilt and all(rebuilt)


def test_no_load_sees_half_an_archive_while_it_is_replaced(folder, docker):
    load_while_it_is_replaced(folder, docker, 10)


@pytest.mark.long
def test_no_load_of_two_hundred_sees_half_an_archive(folder, docker):
    load_while_it_is_replaced(folder, docker, 200)


@pytest.fixture
def host_path():
    """Of all local nodes, which share the machine's files."""
    path = pathlib.Path("/var/tmp") / next(tempfile._get_candidate_names())
    yield path
    shutil.rmtree(path, ignore_errors=True)


def rolled_out(ns, name):
    ns.kubectl("rollout", "status", f"daemonset/{name}", "--timeout=150s")
    return ns.get("daemonsets", name)


@pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ, reason="the nodes' files are seen on the local cluster only")
def test_the_chart_takes_over_a_release_of_the_one_before_it(lax_ns, folder, host_path, docker):
    reference = new_reference("preloaded")
    runnable(reference)
    repository, _, tag = os.environ["KIP_E2E_IMAGE"].rpartition(":")
    values = folder / "values.yaml"
    values.write_text(yaml.safe_dump({
        "images": [reference], "hostPath": str(host_path), "maxImageAge": 7, "checkInterval": 3600,
        "image": {"repository": repository, "tag": tag}, "updateStrategy": {"type": "RollingUpdate"},
        "dockerd": {"mtu": 1450}, "securityContext": {"privileged": True}}))
    helm("install", "-n", lax_ns.name, "image-preloader", ROOT / "e2e/preloader/chart", "-f", values)
    before = rolled_out(lax_ns, "image-preloader")

    said = helm("upgrade", "-n", lax_ns.name, "image-preloader", CHART, "-f", values,
                "--set", f"pullerImage.repository={repository},pullerImage.tag={tag}",
                "--set", "extraEnv[0].name=INSECURE_REGISTRIES", "--set", f"extraEnv[0].value={REGISTRY}")
    assert "without effect here, as there is no Docker and no privilege: image, dockerd, securityContext" in said
    after = rolled_out(lax_ns, "image-preloader")
    assert after["metadata"]["uid"] == before["metadata"]["uid"], "it is the same DaemonSet"
    containers = after["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in containers] == ["preload-images"]
    assert containers[0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert reference in docker("load", "-i", host_path / file_of(reference))
    docker("run", "--rm", "--network=none", reference, "1ms")


@pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ, reason="the nodes' files are seen on the local cluster only")
def test_who_follows_the_page_has_archives_on_each_node_and_by_hand(lax_ns, tmp_path, host_path, tools, monkeypatch):
    reader = Reader(lax_ns.name, tmp_path, tools)
    values = reader.writes("docs/image-preloader.md", "Install", "values.yaml")
    values |= {"hostPath": str(host_path), "extraEnv": [{"name": "INSECURE_REGISTRIES", "value": REGISTRY}]}
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values))
    said = reader.runs("docs/image-preloader.md", "Install")
    assert f"file={file_of(tools)}" in said
    assert (host_path / file_of(tools)).exists()

    monkeypatch.setenv("INSECURE_REGISTRIES", REGISTRY)
    assert f"images/{file_of(tools)}" in reader.runs("docs/image-preloader.md", "By hand")
    assert (tmp_path / "images" / file_of(tools)).read_bytes() == (host_path / file_of(tools)).read_bytes()


@pytest.mark.long
@pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ, reason="the nodes' files are seen on the local cluster only")
def test_a_folder_that_was_removed_under_its_pods_is_there_again(lax_ns, host_path):
    reference = new_reference("again")
    make_image(reference)
    repository, _, tag = os.environ["KIP_E2E_IMAGE"].rpartition(":")
    helm("install", "-n", lax_ns.name, "image-preloader", CHART, "--set", f"images[0]={reference}",
         "--set", f"hostPath={host_path}", "--set", f"pullerImage.repository={repository},pullerImage.tag={tag}",
         "--set", "extraEnv[0].name=INSECURE_REGISTRIES", "--set", f"extraEnv[0].value={REGISTRY}")
    rolled_out(lax_ns, "image-preloader")
    shutil.rmtree(host_path)
    wait_until((host_path / file_of(reference)).exists, "the archive again", 120)
    rolled_out(lax_ns, "image-preloader")


def test_all_that_pod_security_baseline_says_of_its_pods_is_the_host_path(ns):
    text = helm("template", "-n", ns.name, "image-preloader", CHART, "--set", "images[0]=busybox")
    daemonset = next(found for found in yaml.safe_load_all(text) if found["kind"] == "DaemonSet")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "preloader"},
           "spec": {**daemonset["spec"]["template"]["spec"], "serviceAccountName": "default"}}
    ns.kubectl("label", "namespace", ns.name, "--overwrite", "pod-security.kubernetes.io/enforce=baseline")
    refused = ns.kubectl("apply", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod), check=False)
    assert refused.returncode != 0
    assert 'violates PodSecurity "baseline:latest": hostPath volumes (volume "images")' in refused.stderr
    assert refused.stderr.count("(") == 2, refused.stderr
