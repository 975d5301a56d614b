"""The service as a process of this machine, with its log in a file."""
import os
import pathlib
import re
import signal
import subprocess

from kip import BINARY
from kube.wait import TIMEOUT_SECONDS, wait_until


class Puller:
    """One run of the binary. `settings` are its whole environment besides PATH and HOME, an empty folder. `under` is a
    command that ends by executing what it is given."""

    def __init__(self, folder, settings, *arguments, under=()):
        folder = pathlib.Path(folder)
        (folder / "home").mkdir(parents=True, exist_ok=True)
        self.log_path = folder / f"log-{len(list(folder.glob('log-*')))}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), **settings}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*under, BINARY, *arguments], env=environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=folder)

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="backslashreplace")

    @property
    def lines(self):
        return self.log.splitlines()

    def is_alive(self):
        return self.process.poll() is None

    def said(self, pattern):
        """Every line of the log in which this regular expression is found."""
        return [line for line in self.lines if re.search(pattern, line)]

    def await_log(self, pattern, within=TIMEOUT_SECONDS):
        """The first match of a regular expression in the log."""
        return wait_until(lambda: re.search(pattern, self.log),
                          lambda: f"no {pattern!r} in the log:\n{self.log[-6000:]}", within)

    def signal(self, number):
        self.process.send_signal(number)

    def await_end(self, within=25.0):
        """The exit code; 25 s is what a pod's grace period leaves for sure."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"has not ended within {within} s:\n{self.log[-6000:]}") from None

    def end(self):
        """However it stands, it ends now."""
        if self.is_alive():
            self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def run_to_end(folder, settings, *arguments, within=TIMEOUT_SECONDS):
    """Exit code and output of a run that is to end by itself."""
    with Puller(folder, settings, *arguments) as puller:
        return puller.await_end(within), puller.log


TERM, INT, KILL = signal.SIGTERM, signal.SIGINT, signal.SIGKILL
