"""What archives of images cost, beside `docker pull` and `docker save` of the same."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

import process
from kip.docker import docker_engine
from kip.images import REGISTRY, make_image_of_layers, new_reference, put_large_blob, tar_of

IMAGES = 20
MB, MIB = 1_000_000, 1 << 20
LARGE = 2_000 * MB
BLOCKS = 64 << 10  # what an archive and the record may take beyond their bytes


class Archives:
    """The program with a folder of its own. Each run gives what the kernel and the program said of it."""

    def __init__(self, root, folder):
        self.program, self.folder = root / "build/release/src/cli/kubernetes-image-puller", folder
        self.path = folder / "images"

    def run(self, *args):
        report, log = self.folder / "report", self.folder / "log"
        began = time.monotonic()
        with log.open("w") as out:
            running = subprocess.Popen(
                [self.program, "archive", "--once", "--max-age=0", f"--path={self.path}", f"--report={report}", *args],
                env={"INSECURE_REGISTRIES": REGISTRY}, stdout=out, stderr=out)
            with Peak(running.pid) as peak:
                _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        assert running.returncode == 0, log.read_text()[-2000:]
        return {"seconds": time.monotonic() - began, "cpu": usage.ru_utime + usage.ru_stime,
                "memory": peak.most, **json.loads(report.read_text())}


class Sampled:
    """The most that look() gave between begin and end, every few milliseconds."""

    def __enter__(self):
        self.most, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self.sample)
        self.thread.start()
        return self

    def sample(self):
        while not self.over.wait(0.005):
            with contextlib.suppress(OSError):  # ended, or renamed, meanwhile
                self.most = max(self.most, self.look())

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Peak(Sampled):
    """Resident memory of a process, as the kernel keeps its highest. That of wait4 is our own, from before exec."""

    def __init__(self, pid):
        self.pid = pid

    def look(self):
        return process.highest_memory(self.pid)


def bytes_in(folder):
    """What the disk holds of it, also of what is being written."""
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # renamed meanwhile
                found += os.lstat(os.path.join(place, name)).st_blocks * 512
    return found


class HighWater(Sampled):
    """What a folder holds."""

    def __init__(self, folder):
        self.folder = folder

    def look(self):
        return bytes_in(self.folder)


def push(references, base, unit):
    """Images of three layers: one of all, one of five each, one of its own. Returns the bytes of the distinct blobs."""
    middles = [tar_of({"middle": (0o444, os.urandom(5 * unit))}) for _ in range(IMAGES // 5)]
    return sum(make_image_of_layers(reference, [base, middles[i // 5],
                                                tar_of({"own": (0o444, os.urandom(3 * unit))})], seen=SEEN)
               for i, reference in enumerate(references))


SEEN = set()  # digests that were pushed, by whichever image


def measure(table, root, quick):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kip-", dir="/var/tmp"))
    try:
        measure_in(table, pathlib.Path(root), folder, quick)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_in(table, root, folder, quick):
    unit = MB // 4 if quick else MB
    references = [new_reference(f"archive{i}") for i in range(IMAGES)]
    base = tar_of({"base": (0o444, os.urandom(20 * unit))})
    distinct = push(references, base, unit)
    archives = Archives(root, folder)

    first = archives.run(*references)
    docker_seconds = of_docker(folder, references)
    table.add(f"archives: {IMAGES} images", first["seconds"], "s", docker_seconds / 3, f"{docker_seconds:.1f} s",
              "beside docker pull and docker save; the limit is a third of it")
    table.add("archives: bytes on the network", first["bytes"], "bytes", distinct, "", "the limit: distinct blobs")
    table.add("archives: peak memory", first["memory"], "bytes", 16 * MIB)

    unmoved = min((archives.run(*references) for _ in range(5)), key=lambda run: run["cpu"])
    assert unmoved["downloaded"] == 0
    table.add(f"archives: CPU of a check of {IMAGES} unmoved images", unmoved["cpu"] * 1000, "ms", 20, "",
              f"{unmoved['seconds'] * 1000:.0f} ms in all, the process's start included")

    push(references, base, unit)
    with HighWater(archives.path) as water:
        moved = archives.run(*references)
    assert moved["downloaded"] == IMAGES
    largest = max(path.stat().st_size for path in archives.path.glob("e2e/*.tar"))
    table.add("archives: disk above the result, all replaced", water.most - bytes_in(archives.path), "bytes",
              largest + BLOCKS, "", "the limit: one archive, in whole blocks")

    size = LARGE // 10 if quick else LARGE
    large = new_reference("large")
    put_large_blob(large, size)
    run = archives.run(large)
    table.add(f"archives: peak memory, a layer of {size // MB} MB", run["memory"], "bytes", 16 * MIB, "",
              f"{run['seconds']:.1f} s")


def of_docker(folder, references):
    """Seconds for the same with Docker."""
    place = folder / "docker"
    place.mkdir()
    with docker_engine() as engine:
        began = time.monotonic()
        for i, reference in enumerate(references):
            engine.docker("pull", "-q", reference)
            engine.docker("save", "-o", place / f"{i}.tar", reference)
        seconds = time.monotonic() - began
    shutil.rmtree(place)
    return seconds
