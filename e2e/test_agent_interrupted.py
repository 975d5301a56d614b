"""The agent, where something ends in the middle of its work, on a containerd of the test's own."""
import contextlib
import json
import os
import signal
import subprocess
import time

import pytest

from kip import AGENT_BINARY
from kip.containerd import containerd
from kip.images import make_image, manifest_of, new_reference, put_large_blob, split
from kip.slow_registry import SlowRegistry
from kube.wait import wait_until

pytestmark = pytest.mark.skipif("KIP_CLUSTER_DIR" not in os.environ, reason="containerd is that of the local cluster")
MB = 1_000_000
SIZE, RATE = 24 * MB, 8 * MB  # bytes, and bytes a second: 3 s
# What may be asked for twice: containerd writes a layer in chunks of at most 4 MiB, and what a socket holds when it is
# cut off was sent to nobody.
TWICE = 8 * MB


class Large:
    """An image of one layer, behind a registry that is slow."""

    def __init__(self, registry):
        reference = new_reference("large")
        put_large_blob(reference, SIZE)
        self.registry = registry
        _, self.repository, tag = split(reference)
        self.reference = f"{registry.address}/{self.repository}:{tag}"
        self.layer, = json.loads(manifest_of(reference))["layers"]
        self.path = f"/v2/{self.repository}/blobs/{self.layer['digest']}"

    def await_half(self):
        wait_until(lambda: self.registry.sent(self.path) > SIZE / 2, message="half of the layer", poll=0.01)
        assert self.registry.sent(self.path) < SIZE, "too late"

    def assert_resumed(self):
        asked = [blob for blob in self.registry.blobs if blob.path == self.path]
        assert any(blob.first > 0 for blob in asked), asked
        assert sum(blob.sent for blob in asked) - self.layer["size"] < TWICE, asked


@pytest.fixture
def large():
    with SlowRegistry(RATE) as registry:
        yield Large(registry)


@pytest.fixture
def runtime():
    with containerd() as made:
        yield made


class Fetch:
    """The agent at work."""

    def __init__(self, runtime, folder, *args):
        self.report = folder / "report"
        self.report.unlink(missing_ok=True)
        self.log = folder / "agent.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [AGENT_BINARY, "fetch", f"--cri-socket={runtime.socket}", f"--report={self.report}",
                 "--initial-pull-attempt-delay=100ms", "--max-pull-attempt-delay=500ms", *args],
                env={"NODE_NAME": "here"}, stdout=log, stderr=log)

    def end(self):
        """Its exit code and its results."""
        code = self.process.wait(60)
        return code, json.loads(self.report.read_text())

    def said(self):
        return self.log.read_text()


@contextlib.contextmanager
def fetch(*args):
    made = Fetch(*args)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def assert_it_went_on(agent, runtime, large):
    """Ends with the image there, and what was there of it was not pulled again."""
    code, report = agent.end()
    assert (code, report["downloaded"]) == (0, 1), agent.said()
    assert runtime.has(large.reference)
    large.assert_resumed()


def test_a_registry_that_is_away_in_the_middle_is_waited_for_and_the_pull_goes_on(runtime, large, tmp_path):
    with fetch(runtime, tmp_path, large.reference) as agent:
        large.await_half()
        large.registry.go_away()
        wait_until(lambda: "connection refused" in agent.said(), lambda: f"a failed attempt: {agent.said()}")
        large.registry.come_back()
        assert_it_went_on(agent, runtime, large)


def test_a_runtime_that_is_killed_in_the_middle_is_waited_for_and_the_pull_goes_on(runtime, large, tmp_path):
    with fetch(runtime, tmp_path, large.reference) as agent:
        large.await_half()
        runtime.kill()
        runtime.start()
        assert_it_went_on(agent, runtime, large)


def test_an_agent_that_is_told_to_end_does_so_within_a_second_and_the_next_one_goes_on(runtime, large, tmp_path):
    with fetch(runtime, tmp_path, large.reference) as agent:
        large.await_half()
        began = time.monotonic()
        agent.process.send_signal(signal.SIGTERM)
        code, report = agent.end()
    assert time.monotonic() - began < 1, agent.said()
    assert code == 1 and report["failures"][0]["message"] == "told to end before it was pulled"
    cut_off = large.registry.sent(large.path)
    wait_until(lambda: all(blob.end for blob in large.registry.blobs), message="containerd to let go of the layer")
    assert large.registry.sent(large.path) - cut_off < TWICE, "nobody goes on pulling"
    # What is there of it waits for the next one, but not for ever.
    lease, = runtime.ctr("leases", "ls").splitlines()[1:]
    assert "containerd.io/gc.expire=" in lease

    with fetch(runtime, tmp_path, large.reference) as agent:
        assert_it_went_on(agent, runtime, large)
    assert not runtime.ctr("leases", "ls").splitlines()[1:], "nothing is left"


def test_a_disk_that_is_full_in_the_middle_fails_that_image_alone_and_nothing_of_it_stays(tmp_path):
    small, large, later = (new_reference(name) for name in ("small", "large", "later"))
    make_image(small)
    put_large_blob(large, 40 * MB)
    make_image(later)
    with containerd(disk=24 * MB) as runtime:
        with fetch(runtime, tmp_path, small) as agent:
            assert agent.end()[0] == 0, agent.said()
        before = runtime.bytes_on_disk()
        # Its sizes are not known before, as it is not said that this registry has no TLS.
        with fetch(runtime, tmp_path, large, small, later) as agent:
            code, report = agent.end()
        assert (code, report["failed"]) == (1, 1), agent.said()
        failure, = report["failures"]
        assert (failure["image"], failure["kind"]) == (large, "no space")
        assert failure["message"].endswith("no space left on device")
        assert not runtime.has(large)
        wait_until(lambda: runtime.bytes_on_disk() - before < 2 * MB, lambda: f"{before}, {runtime.bytes_on_disk()}")
        with fetch(runtime, tmp_path, small, later) as agent:
            assert agent.end()[0] == 0, agent.said()
        assert runtime.has(small) and runtime.has(later)
