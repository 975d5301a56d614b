"""The agent on a real Docker Engine."""
import base64
import json
import os

import pytest

from kip import AGENT_BINARY
from kip.docker import docker_engine
from kip.images import PRIVATE_REGISTRY, make_image, new_reference
from kube.shell import run

pytestmark = [pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ, reason="the Engine is on this machine"),
              pytest.mark.xdist_group("docker")]  # one Engine for all of them


@pytest.fixture(scope="module")
def engine():
    with docker_engine() as made:
        yield made


def fetch(engine, tmp_path, *args):
    """Its exit code, what it said and its results."""
    report = tmp_path / "report"
    done = run(AGENT_BINARY, "fetch", f"--cri-socket={engine.socket}", f"--report={report}", *args, check=False,
               env={"NODE_NAME": "here"})
    return done.returncode, done.stderr + done.stdout, json.loads(report.read_text())


def test_images_are_pulled_and_the_second_time_they_are_up_to_date(engine, tmp_path):
    references = [new_reference(f"docker{i}") for i in range(5)]
    digests = [make_image(reference, size=100_000) for reference in references]

    code, said, report = fetch(engine, tmp_path, *references)
    assert code == 0, said
    assert (report["images"], report["failed"], report["downloaded"]) == (5, 0, 5)
    there = engine.digests()
    assert [there.get(reference) for reference in references] == digests

    code, said, report = fetch(engine, tmp_path, *references)
    assert (code, report["downloaded"], report["bytes"]) == (0, 0, 0), said


def test_the_lines_are_those_of_docker_pull(engine, tmp_path):
    there, missing = new_reference("docker-lines"), new_reference("docker-missing")
    digest = make_image(there)

    code, said, _ = fetch(engine, tmp_path, "--format=docker", "--initial-pull-attempt-delay=100ms", there, missing)
    assert code == 1
    lines = said.splitlines()
    assert lines[0] == "Pulling images on node 'here'..."
    begin = lines.index(f"Pulling '{there}'...")
    assert lines[begin + 1:begin + 4] == [f"1: Pulling from {there.partition('/')[2].rpartition(':')[0]}",
                                          f"Digest: {digest}", f"Status: Downloaded newer image for {there}"]
    assert any(line.startswith("Error response from daemon: ") and "not found" in line for line in lines), said


def test_a_private_image_needs_its_secret(engine, tmp_path):
    reference = new_reference("docker-private", PRIVATE_REGISTRY)
    digest = make_image(reference)
    word = f"{os.environ['KIP_E2E_REGISTRY_USER']}:{os.environ['KIP_E2E_REGISTRY_PASSWORD']}"
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {PRIVATE_REGISTRY: {"auth": base64.b64encode(word.encode()).decode()}}}))

    code, said, report = fetch(engine, tmp_path, "--initial-pull-attempt-delay=100ms", reference)
    assert (code, report["failures"][0]["kind"]) == (1, "unauthorized"), said
    code, said, _ = fetch(engine, tmp_path, f"--docker-config={config}", reference)
    assert code == 0 and engine.digests()[reference] == digest, said
    assert os.environ["KIP_E2E_REGISTRY_PASSWORD"] not in said
