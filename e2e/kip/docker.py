"""A Docker Engine, Debian's or Docker's own, beside the nodes of the local cluster: it pulls, loads and lists, and
makes no network."""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from kip.images import PRIVATE_REGISTRY, REGISTRY
from kube.shell import run
from kube.wait import wait_until

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"  # not the cluster's containerd, which is too new for it


def program(name):
    return shutil.which(name, path=PATH)


@dataclasses.dataclass
class Engine:
    """`socket` is in a folder of its own."""
    socket: pathlib.Path
    log: pathlib.Path

    def docker(self, *args, **options):
        return run(program("docker"), "--host", f"unix://{self.socket}", *args, env={"PATH": PATH}, **options)

    def digests(self):
        """Reference → digest, of what was pulled by a tag."""
        lines = self.docker("images", "--digests", "--format", "{{.Repository}}:{{.Tag}} {{.Digest}}").splitlines()
        return dict(line.split() for line in lines)


@contextlib.contextmanager
def docker_engine(*, insecure=()):
    """One that is ready, with nothing in it. Plain HTTP to the cluster's registries, and to those of `insecure`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kip-docker."))
    os.makedirs(folder / "run")
    config = folder / "daemon.json"
    config.write_text(json.dumps({"insecure-registries": [REGISTRY, PRIVATE_REGISTRY, *insecure]}))
    engine = Engine(folder / "run/docker.sock", folder / "log")
    with open(engine.log, "wb") as log, subprocess.Popen(
            [program("dockerd"), f"--config-file={config}", f"--host=unix://{engine.socket}", "--bridge=none",
             "--iptables=false", "--ip6tables=false", "--storage-driver=vfs", f"--data-root={folder}/data",
             f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"],
            env={"PATH": PATH}, stdout=log, stderr=log) as daemon:
        try:
            wait_until(lambda: daemon.poll() is None and engine.docker("version", check=False).returncode == 0,
                       lambda: f"the Docker Engine: {engine.log.read_text()[-3000:]}")
            yield engine
        finally:
            daemon.terminate()
            daemon.wait(60)
    shutil.rmtree(folder, ignore_errors=True)
