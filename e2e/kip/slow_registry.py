"""A way to the cluster's registry that is slow, that counts the bytes of blobs, and that can be away for a while."""
import dataclasses
import re
import threading
import time

from kip.registry import Proxy, Server

PIECE = 1 << 18  # bytes


@dataclasses.dataclass
class Blob:
    """An answer to a request for a blob, also one that was cut off."""
    path: str
    first: int  # byte that was asked for
    sent: int = 0  # bytes
    end: float = 0.0  # seconds, time.monotonic()


class SlowRegistry(Proxy):
    """Gives each connection so many bytes a second, and each answer some delay."""

    def __init__(self, rate, delay=0.0):
        super().__init__()
        self.rate, self.delay, self.blobs, self.is_away = rate, delay, [], False

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
        blob = Blob(asked.path, int(first[1]))
        with self.upstream(asked, headers) as (status, kept, answer):
            with self.lock:
                self.blobs.append(blob)
            yield status, kept
            began = time.monotonic()
            try:
                while piece := answer.read(PIECE):
                    if self.is_away:
                        raise ConnectionError("as told")
                    yield piece
                    blob.sent += len(piece)
                    time.sleep(max(0.0, began + blob.sent / self.rate - time.monotonic()))
            finally:  # also where the client went away
                blob.end = time.monotonic()
                self.on_end(blob)

    def on_end(self, blob):
        """For who wants to know at once."""

    def go_away(self):
        """Cuts all connections off; nothing listens until `come_back`."""
        self.is_away = True
        self.server.shutdown()
        self.server.server_close()

    def come_back(self):
        handler, registry = self.server.RequestHandlerClass, self.server.registry
        self.server = Server(self.server.server_address, handler)
        self.server.registry, self.is_away = registry, False
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def sent(self, path):
        """The bytes of this blob that were sent so far, whoever took them."""
        with self.lock:
            return sum(blob.sent for blob in self.blobs if blob.path == path)
