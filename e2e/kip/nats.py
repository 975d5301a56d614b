"""A real nats-server that pods of the local cluster reach, and a client of a few lines: what a plain subscriber sees,
and what kubernetes-warm-images' controller sends."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from kip.images import REGISTRY
from kube.wait import wait_until

HOST = REGISTRY.rpartition(":")[0]  # the address by which pods see this machine
USER, PASSWORD = "agents", "p@ss word"
PROGRAM = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def free_port():
    with socket.socket() as one:
        one.bind((HOST, 0))
        return one.getsockname()[1]


class Server:
    """Not started yet. It wants USER and PASSWORD; `tls`: a certificate and its key, as paths."""

    def __init__(self, tls=None):
        self.port, self._tls, self._process = free_port(), tls, None
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="kip-nats."))

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def start(self):
        config = self._folder / "nats.conf"
        text = f'authorization {{ user: "{USER}", password: "{PASSWORD}" }}\n'
        if self._tls:
            text += f'tls {{ cert_file: "{self._tls[0]}", key_file: "{self._tls[1]}" }}\n'
        config.write_text(text)
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen([PROGRAM, "-a", HOST, "-p", str(self.port), "-c", config],
                                             stdout=log, stderr=log)
        wait_until(self._listens, message="the server of NATS")

    def _listens(self):
        with socket.socket() as one:
            return one.connect_ex((HOST, self.port)) == 0

    def stop(self):
        self._process.kill()
        self._process.wait(10)

    def pause(self):
        """It takes and says nothing, and its connections stay."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def end(self):
        if self._process:
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class Client:
    """One connection; close it, or use it in a `with`."""

    def __init__(self, server):
        self._socket = socket.create_connection((HOST, server.port), 10)
        self._rest = b""
        self._line()
        self._send("CONNECT " + json.dumps({"verbose": False, "user": USER, "pass": PASSWORD}) + "\r\nPING\r\n")
        assert self._line() == "PONG"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _send(self, text):
        self._socket.sendall(text.encode())

    def _read(self, until):
        while until not in self._rest:
            got = self._socket.recv(65536)
            assert got, "the server ended the connection"
            self._rest += got
        line, self._rest = self._rest.split(until, 1)
        return line.decode()

    def _line(self):
        return self._read(b"\r\n")

    def publish(self, image, subject="images"):
        self._send(f"PUB {subject} {len(image.encode())}\r\n{image}\r\nPING\r\n")
        assert self._line() == "PONG"

    def subscribe(self, subject="images"):
        self._send(f"SUB {subject} 1\r\n")

    def images(self, wanted, seconds=60):
        """Messages, in their order, until each of `wanted` was seen."""
        seen, end = [], time.monotonic() + seconds
        while not set(wanted) <= set(seen):
            self._socket.settimeout(max(end - time.monotonic(), 0.1))
            line = self._line()
            if line == "PING":
                self._send("PONG\r\n")
            elif line.startswith("MSG "):
                seen.append(self._line())
        return seen
