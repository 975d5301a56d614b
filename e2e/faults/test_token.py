"""Tokens end, and are replaced: the service takes the new one without a restart, as a pod's projected token wants."""
import datetime
import json
import os
import stat

import pytest

from kube.wait import wait_until

from .certs import write_kubeconfig


def end_of_account(world):
    """The end of every token so far: its account is removed and made again. The API server remembers for 10 s what it
    judged, so this waits until it says 401."""
    old = world.make_token()
    world.api.delete(f"{world.core}/serviceaccounts/puller")
    world.make_account()
    wait_until(lambda: world.status_with(old) == 401 and world.status_with(world.token) == 401,
               "the old token refused", 60, poll=0.25)


def replace_file(path, text):
    """At once, as the kubelet does it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    os.replace(fresh, path)


@pytest.fixture
def token_file(tmp_path, world):
    path = tmp_path / "token"
    path.write_text(world.token)
    return path


def repairs(world, puller, within):
    before = world.uid()
    world.delete_daemonset()
    world.await_daemonset(other_than=before, within=within, more=lambda: puller.log)


def test_a_token_that_ended_is_named_and_the_next_one_taken(tmp_path, world, proxy, authority, token_file, start):
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"tokenFile": str(token_file)},
                            certificate_authority=authority.certificate)
    puller = start({**world.settings(), "KUBECONFIG": str(path)})
    before = world.await_daemonset(more=lambda: puller.log)
    end_of_account(world)
    proxy.cut()  # what is open was allowed with the old token
    world.delete_daemonset()
    puller.await_log("level=warning.*401 Unauthorized")
    token = world.make_token()
    world.await_rights(token)
    replace_file(token_file, token)
    world.await_daemonset(other_than=before, within=60, more=lambda: puller.log)
    assert puller.is_alive()
    for secret in (world.token, token):
        assert secret not in puller.log


def test_a_token_that_is_replaced_in_time_is_no_news(tmp_path, world, proxy, authority, token_file, start):
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"tokenFile": str(token_file)},
                            certificate_authority=authority.certificate)
    puller = start({**world.settings(), "KUBECONFIG": str(path)})
    world.await_daemonset(more=lambda: puller.log)
    end_of_account(world)
    token = world.make_token()
    world.await_rights(token)
    replace_file(token_file, token)
    repairs(world, puller, 60)
    assert "401 Unauthorized" not in puller.log and puller.is_alive()


def test_a_plugin_is_asked_again_before_its_answer_ends(tmp_path, world, proxy, authority, token_file, start):
    """One that ends within seconds is not kept for the next request."""
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    version = "client.authentication.k8s.io/v1"
    plugin = tmp_path / "plugin"
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential",
                         "status": {"token": "TOKEN", "expirationTimestamp": soon}})
    plugin.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/asked\n"
                      f"printf '%s' '{answer}' | sed \"s/TOKEN/$(cat {token_file})/\"\n")
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    path = write_kubeconfig(tmp_path / "kubeconfig", proxy.url, {"exec": {
        "apiVersion": version, "command": str(plugin), "interactiveMode": "Never"}},
        certificate_authority=authority.certificate)
    puller = start({**world.settings(), "KUBECONFIG": str(path)})
    world.await_daemonset(more=lambda: puller.log)
    asked = len((tmp_path / "asked").read_text().splitlines())
    end_of_account(world)
    token = world.make_token()
    world.await_rights(token)
    replace_file(token_file, token)
    repairs(world, puller, 60)
    assert len((tmp_path / "asked").read_text().splitlines()) > asked
    assert "401 Unauthorized" not in puller.log and token not in puller.log
