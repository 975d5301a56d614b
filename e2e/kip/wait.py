"""Waiting for what comes in its own time: looked at again and again, never slept for."""
import os
import time

POLL_SECONDS = 0.25
# For a machine that is busy with other things; a quiet one takes a few seconds.
TIMEOUT_SECONDS = float(os.environ.get("KIP_E2E_TIMEOUT_SECONDS", "180"))


class TookTooLong(AssertionError):
    """What was awaited did not come. Says what was seen last."""


def wait_until(predicate, timeout=TIMEOUT_SECONDS, message="", poll=POLL_SECONDS):
    """Calls predicate until it returns something true, and returns that. The message says what was awaited.

    An AssertionError inside counts as "not yet", so that a predicate may assert and its words are in the report."""
    end = time.monotonic() + timeout
    while True:
        try:
            last = predicate()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() >= end:
            raise TookTooLong(f"not within {timeout} s: {message or predicate}; last seen: {str(last)[:3000]!r}")
        time.sleep(poll)
