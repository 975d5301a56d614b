"""A containerd beside those of the local cluster's nodes, which a test may kill, or whose disk it may fill: it pulls,
and runs nothing."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from kube.shell import run
from kube.wait import wait_until


class Containerd:
    """Its files are in `folder`, and what it pulled in `folder`/root."""

    def __init__(self, folder):
        self.folder, self.socket, self.process = folder, folder / "containerd.sock", None
        (folder / "config.toml").write_text(f"""version = 3
root = "{folder}/root"
state = "{folder}/state"
[grpc]
  address = "{self.socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[plugins."io.containerd.cri.v1.runtime"]
  disable_apparmor = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    conf_dir = "{folder}/cni"
[plugins."io.containerd.cri.v1.images".registry]
  config_path = "{os.environ['KIP_CLUSTER_DIR']}/certs.d"
[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
""", encoding="utf-8")

    def start(self):
        """Returns when it answers."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(["containerd", "-c", self.folder / "config.toml"], stdout=log, stderr=log)
        wait_until(lambda: self.process.poll() is None and self.ctr("version", check=False).returncode == 0,
                   lambda: f"containerd: {(self.folder / 'log').read_text()[-3000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ctr(self, *args, **options):
        return run("ctr", "--address", self.socket, "-n", "k8s.io", *args, **options)

    def has(self, reference):
        """Whether it holds the image completely."""
        return any(line.split()[0] == reference and " complete " in line
                   for line in self.ctr("images", "check").splitlines()[1:])

    def bytes_on_disk(self):
        """Of what is stored, and of what is on its way there."""
        return shutil.disk_usage(self.folder / "root").used


@contextlib.contextmanager
def containerd(disk=0):
    """One that runs, with nothing in it; with a disk of so many bytes of its own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kip-ctd."))
    (folder / "root").mkdir()
    if disk:
        run("mount", "-t", "tmpfs", "-o", f"size={disk}", "kip-e2e", folder / "root")
    made = Containerd(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
        if disk:
            run("umount", "--lazy", folder / "root")
        shutil.rmtree(folder, ignore_errors=True)
