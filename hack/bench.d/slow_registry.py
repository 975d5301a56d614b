#!/usr/bin/python3
"""A way to the cluster's registry that gives each connection so many bytes a second, and each answer some delay.

  slow_registry.py BYTES_PER_SECOND DELAY_SECONDS LOG

Prints its address, and serves until it is ended. A process of its own, so that it does not share one interpreter with
what is measured. Each request for a blob becomes a line of LOG when it is over, as JSON: path, from (the first byte
that was asked for), sent (bytes), end (seconds, time.monotonic())."""
import json
import os
import sys
import threading

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../e2e"))

from kip.slow_registry import SlowRegistry


class Logged(SlowRegistry):
    def __init__(self, rate, delay, log):
        super().__init__(rate, delay)
        self.log = log

    def on_end(self, blob):
        line = {"path": blob.path, "from": blob.first, "sent": blob.sent, "end": blob.end}
        with self.lock, open(self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def main(rate, delay, log):
    with Logged(float(rate), float(delay), log) as registry:
        print(registry.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
