"""A kubeconfig that cannot be used ends the start with one clear message; a server that is away does not."""
import base64
import socket

import pytest

from .certs import Authority, write_kubeconfig
from .puller import run_to_end

GARBAGE = bytes(range(256)) * 8
BAD_CONFIGURATION = 78  # EX_CONFIG


def refusal(tmp_path, world, kubeconfig):
    """The one error in the log of a run that ends at once because of its kubeconfig."""
    code, log = run_to_end(tmp_path, {**world.settings(), "KUBECONFIG": str(kubeconfig)})
    assert code == BAD_CONFIGURATION, log
    errors = [line for line in log.splitlines() if "level=error" in line]
    assert len(errors) == 1, log
    assert "cannot reach a cluster" in errors[0]
    return errors[0]


FILES = {
    "empty": (b"", "current-context"),
    "truncated": (b'apiVersion: v1\nclusters:\n- cluster: {server: "https://10.0.', "no YAML"),
    "binary": (GARBAGE, "no text"),
    "a list": (b"- one\n- two\n", "expected"),
    "a login page": (b"<html><body>Sign in</body></html>", "expected"),
    "unknown context": (b"apiVersion: v1\nkind: Config\ncurrent-context: away\ncontexts: []\n", "away"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_kubeconfig_is_named(kind, tmp_path, world):
    content, words = FILES[kind]
    path = tmp_path / "kubeconfig"
    path.write_bytes(content)
    message = refusal(tmp_path, world, path)
    assert str(path) in message and words in message, message


def test_a_file_that_is_not_there_is_named(tmp_path, world):
    message = refusal(tmp_path, world, tmp_path / "nothing")
    assert str(tmp_path / "nothing") in message and "no such file" in message


def test_without_any_the_three_places_are_named(tmp_path, world):
    code, log = run_to_end(tmp_path, world.settings())
    assert code == BAD_CONFIGURATION
    for place in ("KUBECONFIG is unset", ".kube/config", "KUBERNETES_SERVICE_HOST"):
        assert place in log, log


def test_a_certificate_that_does_not_fit_its_key_is_told_at_the_start(tmp_path, world, authority):
    certificate, _ = authority.issue("one", "DNS:one")
    _, key = authority.issue("two", "DNS:two")
    path = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1", {
        "client-certificate": str(certificate), "client-key": str(key)})
    message = refusal(tmp_path, world, path)
    assert "key" in message and "certificate" in message, message


@pytest.mark.parametrize("what", ["client-certificate-data", "certificate-authority-data", "server"])
def test_what_cannot_be_read_in_an_entry_is_told_with_its_name(what, tmp_path, world):
    garbage = base64.b64encode(b"no PEM").decode()
    server = "ftp://127.0.0.1" if what == "server" else "https://127.0.0.1:1"
    cluster = {"certificate_authority_data": garbage} if "authority" in what else {}
    user = {"client-certificate-data": garbage, "client-key-data": garbage} if "client" in what else {}
    path = write_kubeconfig(tmp_path / "kubeconfig", server, user, **cluster)
    message = refusal(tmp_path, world, path)
    assert what.removesuffix("-data").replace("-", " ") in message.replace("-", " "), message


def goes_on(start, world, kubeconfig, pattern):
    """The service says what is wrong with its server, once, and stays."""
    puller = start({**world.settings(), "KUBECONFIG": str(kubeconfig)})
    puller.await_log(pattern)
    assert puller.is_alive()
    return puller


def test_a_port_where_nobody_listens_is_tried_again_until_somebody_does(tmp_path, start, world):
    with socket.socket() as taken:  # bound and not listening: refused, and nobody else gets the port
        taken.bind(("127.0.0.1", 0))
        server = f"https://127.0.0.1:{taken.getsockname()[1]}"
        path = write_kubeconfig(tmp_path / "kubeconfig", server, {"token": "t"}, insecure_skip_tls_verify=True)
        puller = goes_on(start, world, path, f"level=warning.*{server.removeprefix('https://')}: no connection")
        assert "certificate is not verified" in puller.log


def test_a_server_of_another_authority_is_not_trusted(tmp_path, start, world, proxy, authority):
    other = Authority(tmp_path / "other", "other")
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"token": world.token},
                            certificate_authority=other.certificate)
    goes_on(start, world, path, "level=warning.*the server is not trusted: ")
    assert not proxy.those(), "a request was sent to a server that is not trusted"


def test_a_server_with_another_name_is_not_trusted(tmp_path, start, world, proxy, authority):
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"token": world.token},
                            certificate_authority=authority.certificate, tls_server_name="another.example")
    goes_on(start, world, path, "level=warning.*the server is not trusted: .*another.example")
    assert not proxy.those()


def test_the_name_that_is_wanted_may_be_given(tmp_path, start, world, proxy, authority):
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"token": world.token},
                            certificate_authority=authority.certificate, tls_server_name="localhost")
    puller = start({**world.settings(), "KUBECONFIG": str(path)})
    world.await_daemonset(more=lambda: puller.log)


def test_skipping_the_verification_works_and_is_warned_of(tmp_path, start, world, proxy):
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"token": world.token},
                            insecure_skip_tls_verify=True)
    puller = start({**world.settings(), "KUBECONFIG": str(path)})
    world.await_daemonset(more=lambda: puller.log)
    puller.await_log("level=warning.*certificate is not verified.*insecure-skip-tls-verify")
