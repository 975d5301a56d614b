"""Runs kubectl and helm, the way a user has them in PATH."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm"
PATIENCE_SECONDS = 180  # a command that takes longer hangs


class CommandFailed(Exception):
    """A command's exit code was not 0. Holds what it said."""

    def __init__(self, command, done):
        self.returncode, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        said = (done.stderr or done.stdout).strip()
        super().__init__(f"{' '.join(map(str, command))}: exit {done.returncode}: {said}")


def run(*command, stdin=None, check=True, env=None, timeout=PATIENCE_SECONDS):
    """Runs a command; returns its standard output, or with check=False the finished process."""
    done = subprocess.run(list(map(str, command)), input=stdin, env=env, text=True, capture_output=True,
                          errors="replace", timeout=timeout, check=False)
    if not check:
        return done
    if done.returncode != 0:
        raise CommandFailed(command, done)
    return done.stdout


def kubectl(*args, **options):
    return run("kubectl", *args, **options)


def helm(*args, **options):
    return run("helm", *args, **options)
