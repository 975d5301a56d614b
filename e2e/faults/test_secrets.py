"""What proves who we are never reaches the log, whatever goes wrong and however much is logged."""
import base64
import json
import stat

import pytest

from .certs import write_kubeconfig
from .proxy import Rule
from .troubles import STATUSES, answer, half, hangup, html

VERSION = "client.authentication.k8s.io/v1"
SECRET = "s3cr3t-" + "k1p" * 12


def exec_user(tmp_path, output, code=0):
    plugin = tmp_path / "plugin"
    (tmp_path / "output").write_text(output)
    plugin.write_text(f"#!/bin/sh\ncat {tmp_path}/output\nexit {code}\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": VERSION, "command": str(plugin), "interactiveMode": "Never"}}


def credential(**status):
    return json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": status})


def users(tmp_path, authority):
    _, key = authority.issue("client", "DNS:client")
    (tmp_path / "secret-token").write_text(SECRET)
    (tmp_path / "lines").write_text(f"{SECRET}\n{SECRET}\n")
    encoded = base64.b64encode(SECRET.encode()).decode()
    return {
        "token": {"token": SECRET},
        "token-file": {"tokenFile": str(tmp_path / "secret-token")},
        "token-file-of-two-lines": {"tokenFile": str(tmp_path / "lines")},
        "token-with-control-character": {"token": f"{SECRET}\x01"},
        "basic": {"username": "me", "password": SECRET},
        "key-that-is-none": {"client-certificate-data": encoded, "client-key-data": encoded},
        "key-without-certificate": {"client-key-data": base64.b64encode(key.read_bytes()).decode()},
        "key-not-in-base64": {"client-certificate-data": f"{SECRET}!", "client-key-data": f"{SECRET}!"},
        "exec": exec_user(tmp_path, credential(token=SECRET)),
        "exec-broken": exec_user(tmp_path, credential(token=SECRET)[:-3]),
        "exec-odd": exec_user(tmp_path, credential(token=f"{SECRET} {SECRET}")),
        "exec-fails": exec_user(tmp_path, credential(token=SECRET), 1),
        "exec-half-a-pair": exec_user(tmp_path, credential(clientKeyData=SECRET)),
        "exec-bare": exec_user(tmp_path, SECRET),
    }


KINDS = ["token", "token-file", "token-file-of-two-lines", "token-with-control-character", "basic",
         "key-that-is-none", "key-without-certificate", "key-not-in-base64", "exec", "exec-broken", "exec-odd",
         "exec-fails", "exec-half-a-pair", "exec-bare"]


@pytest.mark.parametrize("kind", KINDS)
def test_credentials_stay_out_of_the_log(kind, tmp_path, world, proxy, authority, start):
    """A wrong token at a server that answers in every bad way, and credentials that cannot be used at all."""
    for trouble in [html, half, hangup, answer(401), answer(403), *STATUSES]:
        proxy.add(Rule(trouble, times=1))
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, users(tmp_path, authority)[kind],
                            certificate_authority=authority.certificate)
    puller = start({**world.settings(LOG_LEVEL="debug"), "KUBECONFIG": str(path)})
    # It fails, at the start or at the server.
    puller.await_log("cannot reach a cluster|level=warning.*(error|stderr)=")
    if not puller.said("cannot reach a cluster"):  # after which it ends
        puller.await_log("(?s)level=warning.*error=.*error=")
    _, key = authority.folder / "client.crt", authority.folder / "client.key"
    lines_of_key = [line for line in key.read_text().splitlines() if not line.startswith("-----")]
    encoded = base64.b64encode(SECRET.encode()).decode()
    for secret in (SECRET, encoded, *lines_of_key):
        assert secret not in puller.log
