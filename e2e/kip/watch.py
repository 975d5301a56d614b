"""Records every event of a kind of object, with its time, so that a test can judge all that happened in between."""
import json
import subprocess
import threading
import time
from dataclasses import dataclass

from kip.wait import wait_until


@dataclass
class Event:
    time: float  # seconds, time.monotonic()
    type: str    # ADDED, MODIFIED, DELETED
    object: dict

    @property
    def wall_time(self):
        """The same as seconds since 1970, to be held against a log."""
        return self.time + time.time() - time.monotonic()

    @property
    def name(self):
        return self.object["metadata"]["name"]

    @property
    def uid(self):
        return self.object["metadata"]["uid"]


class Watch:
    """A context manager around `kubectl get KIND --watch`. The events so far are in `events`, oldest first: at the
    start one ADDED for each object that is there."""

    def __init__(self, namespace, kind, *selection):
        self.events = []
        self._command = ["kubectl", "get", "-n", namespace, kind, *selection, "--watch", "--output-watch-events",
                         "-o", "json"]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._thread.join()
        self._process.wait()

    def _read(self):
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            try:  # one line for an event, or, by another kubectl, many
                event = json.loads("".join(lines))
            except ValueError:
                continue
            self.events.append(Event(time.monotonic(), event["type"], event["object"]))
            lines = []

    def assert_alive(self):
        """Fails if kubectl gave up, so that no test passes because nothing was watched any more."""
        assert self._process.poll() is None, f"the watch ended: {self._process.stderr.read()}"

    def wait_for(self, predicate, message="", since=0, **options):
        """The first event from index `since` on for which the predicate holds."""
        return wait_until(lambda: next((e for e in self.events[since:] if predicate(e)), None),
                          message=message or "an event of the watch", poll=0.05, **options)
