"""Records every event of a collection, with its time, so that one can judge all that happened in between."""
import contextlib
import http.client
import json
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass

from kube.client import ApiError
from kube.wait import wait_until


@dataclass
class Event:
    time: float  # seconds, time.monotonic(), of its arrival
    type: str    # ADDED, MODIFIED, DELETED
    object: dict

    @property
    def wall_time(self):
        """The same as seconds since 1970, to be held against a log."""
        return self.time + time.time() - time.monotonic()

    @property
    def uid(self):
        return self.object["metadata"]["uid"]


class Watch:
    """Follows a collection from now on, by a connection and a thread of its own, until it is closed. The events so far
    are in `events`, oldest first: at the start one ADDED for each object that is there. Where the API server ends the
    watch, as it does with one that is behind for a moment, it goes on from the last event, and none is lost."""

    def __init__(self, client, path, **selectors):
        """Of the selectors labelSelector and fieldSelector, as the API has them."""
        listed = client.call("GET", f"{path}?{urllib.parse.urlencode(selectors)}")
        now = time.monotonic()
        self.events = [Event(now, "ADDED", item) for item in listed["items"]]
        self._ended, self._closed, self._changed = "", False, threading.Condition()
        self._client, self._path, self._selectors = client, path, selectors
        self._version = listed["metadata"]["resourceVersion"]
        self._begin()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _begin(self):
        query = {**self._selectors, "watch": "true", "resourceVersion": self._version}
        self._connection, self._answer = self._client.stream(f"{self._path}?{urllib.parse.urlencode(query)}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._closed = True
        if self._connection.sock:
            with contextlib.suppress(OSError):  # it may have ended already
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()

    def _follow(self):
        ended = ""
        try:
            while not (ended := self._read()) and not self._closed:
                self._connection.close()
                self._begin()
        except (OSError, ValueError, AttributeError, http.client.HTTPException, ApiError) as error:
            ended = str(error)  # or closed from the other thread
        with self._changed:
            self._ended = ended or "closed"
            self._changed.notify()

    def _read(self):
        """Until the API server ends it. What went wrong, if that."""
        for line in self._answer:
            now = time.monotonic()
            event = json.loads(line)
            if event["type"] == "ERROR":
                return event["object"].get("message") or "ERROR"
            self._version = event["object"]["metadata"]["resourceVersion"]
            with self._changed:
                self.events.append(Event(now, event["type"], event["object"]))
                self._changed.notify()
        return ""

    def assert_alive(self):
        """Fails if the watch has ended, so that no test passes because nothing was watched any more."""
        assert not self._ended, f"the watch ended: {self._ended}"

    def wait_for(self, predicate, message="an event of the watch", since=0, **options):
        """The first event from index `since` on for which the predicate holds."""
        return wait_until(lambda: next((e for e in self.events[since:] if predicate(e)), None), message, poll=0.05,
                          **options)

    def take(self, seconds):
        """Takes the oldest event out of `events`; None if there is none in this time."""
        with self._changed:
            self._changed.wait_for(lambda: self.events or self._ended, seconds)
            if self.events:
                return self.events.pop(0)
        self.assert_alive()
        return None

    def next(self, kind, seconds=30):
        """The next event of this type; it and those before are taken out of `events`."""
        end = time.monotonic() + seconds
        while event := self.take(max(0.001, end - time.monotonic())):
            if event.type == kind:
                return event
        raise TimeoutError(f"no event {kind} in {seconds} s")
