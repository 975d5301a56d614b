#!/usr/bin/python3
"""A way to the cluster's registry that gives each connection so many bytes a second, and each answer some delay.

  slow_registry.py BYTES_PER_SECOND DELAY_SECONDS LOG

Prints its address, and serves until it is ended. A process of its own, so that it does not share one interpreter with
what is measured. Each request for a blob becomes a line of LOG when it is over, as JSON: path, from (the first byte
that was asked for), sent (bytes), end (seconds, time.monotonic())."""
import json
import os
import re
import sys
import threading
import time

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../e2e"))

from kip.registry import Proxy

PIECE = 1 << 18  # bytes


class Slow(Proxy):
    def __init__(self, rate, delay, log):
        super().__init__()
        self.rate, self.delay, self.log = rate, delay, log

    def answer(self, asked, headers):
        time.sleep(self.delay)
        if asked.method != "GET" or "/blobs/" not in asked.path:
            return super().answer(asked, headers)
        pieces = self.pieces(asked, headers)
        status, kept = next(pieces)
        return status, kept, pieces

    def pieces(self, asked, headers):
        """First status and headers, then the body as it may pass."""
        first = re.fullmatch(r"bytes=(\d+)-\d*", headers.get("Range", "bytes=0-"))
        sent = 0
        with self.upstream(asked, headers) as (status, kept, answer):
            yield status, kept
            began = time.monotonic()
            try:
                while piece := answer.read(PIECE):
                    yield piece
                    sent += len(piece)
                    time.sleep(max(0.0, began + sent / self.rate - time.monotonic()))
            finally:  # also where the client went away
                line = {"path": asked.path, "from": int(first[1]), "sent": sent, "end": time.monotonic()}
                with self.lock, open(self.log, "a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")


def main(rate, delay, log):
    with Slow(float(rate), float(delay), log) as registry:
        print(registry.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
