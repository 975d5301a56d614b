"""A Docker Engine of a test's own, as one runs in a runner's pod: without a network, for loading and running images."""
import os
import subprocess
import time

from kube.shell import run


class Docker:
    def __init__(self, folder, *flags):
        """The socket's path has to be short; folder is, as pytest's are not."""
        self.socket = f"unix://{folder}/s"
        # In a process group of its own: what it starts ends with it.
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                ["dockerd", f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid",
                 f"--host={self.socket}", "--bridge=none", "--iptables=false", "--storage-driver=vfs", *flags],
                stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 60
        while self("version", check=False).returncode != 0:
            words = (folder / "log").read_text(errors="replace")[-2000:]
            assert self.process.poll() is None and time.monotonic() < end, words
            time.sleep(0.1)

    def __call__(self, *args, **options):
        return run("docker", f"--host={self.socket}", *args, env={"PATH": os.environ["PATH"]}, **options)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
