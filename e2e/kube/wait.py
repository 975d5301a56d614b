"""Waiting for what comes in its own time: looked at again and again, never slept for."""
import os
import time

POLL_SECONDS = 0.1
# For a machine that is busy with other things; a quiet one takes a few seconds.
TIMEOUT_SECONDS = float(os.environ.get("KIP_E2E_TIMEOUT_SECONDS", "180"))


class TookTooLong(AssertionError):
    """What was awaited did not come. Says what was seen last."""


def wait_until(condition, message="", timeout=TIMEOUT_SECONDS, poll=POLL_SECONDS):
    """Calls `condition` until it returns something true, and returns that. The message, or the function that makes it,
    says what was awaited.

    An AssertionError inside counts as "not yet", so that a condition may assert and its words are in the report."""
    end = time.monotonic() + timeout
    while True:
        try:
            last = condition()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() >= end:
            what = message() if callable(message) else message
            raise TookTooLong(f"not within {timeout} s: {what or condition}; last seen: {str(last)[:3000]!r}")
        time.sleep(poll)
