"""`render` and `check`, which need no cluster; what is rendered is what a cluster takes."""
import json
import os

import pytest

from kip import BINARY
from kip.images import as_setting, new_reference
from kube.shell import run

SETTINGS = {
    "IMAGES": as_setting({"one": new_reference(), "two": new_reference()}),
    "DAEMONSET_NAME": "rendered", "IMAGE_PULL_SECRETS": "a;b;", "CACHING_INTERVAL_HOURS": "0.5",
    "NODE_SELECTOR": '{"kubernetes.io/os": "linux"}', "DAEMONSET_ANNOTATIONS": '{"yes": "no", "number": "012"}',
    "TOLERATIONS": '[{"operator": "Exists"}, '
                   '{"key": "k", "value": "true", "effect": "NoExecute", "tolerationSeconds": 5}]',
    "AFFINITY": json.dumps({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [{"key": "n", "operator": "Gt", "values": ["0x1f"]}]}}]}}),
}


def puller(*args, **variables):
    """Runs the binary with just these variables; returns the finished process."""
    return run(BINARY, *args, env={"PATH": os.environ["PATH"], "HOME": "/", **variables}, check=False)


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("openshift", [False, True], ids=["kubernetes", "openshift"])
def test_what_render_prints_is_accepted_by_the_api_server(ns, form, openshift):
    done = puller("render", "-o", form, *(["--openshift"] if openshift else []), **SETTINGS, NAMESPACE=ns.name)
    assert done.returncode == 0, done.stderr

    taken = json.loads(ns.kubectl("apply", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-",
                                  stdin=done.stdout))

    assert taken["metadata"]["name"] == "rendered"
    assert taken["metadata"]["annotations"]["number"] == "012", "text stays text"
    assert "image.che.eclipse.org/" not in done.stdout, "what only a running puller records"
    spec = taken["spec"]["template"]["spec"]
    assert [c["name"] for c in spec["containers"]] == ["one", "two"]
    assert spec["affinity"] == json.loads(SETTINGS["AFFINITY"])
    assert spec["tolerations"] == json.loads(SETTINGS["TOLERATIONS"])
    assert ("fsGroup" in spec["securityContext"]) is not openshift
    if form == "json":
        json.loads(done.stdout)


@pytest.mark.parametrize(("command", "expected"), [("render", "yaml or json"),
                                                   ("images", "table, json, yaml, images or list")])
def test_a_form_that_is_not_known_is_named_with_those_that_are(command, expected):
    done = puller(command, "-o", "text", **SETTINGS)

    assert done.returncode == 64
    assert f'"text" is not known; expected {expected}\n' in done.stderr


def test_check_says_whether_the_configuration_is_good():
    good = puller("check", **SETTINGS)
    assert good.returncode == 0 and good.stdout.startswith("ok: 2 images"), good

    bad = puller("check", **{**SETTINGS, "IMAGES": "", "CACHING_CPU_LIMIT": "fast", "AFFINITY": "[]"})
    assert bad.returncode == 78
    for name in ["IMAGES", "CACHING_CPU_LIMIT", "AFFINITY"]:
        assert f"error: {name}: " in bad.stderr, bad.stderr

    warned = puller("check", **SETTINGS, HTTPS_PROXY="socks5://proxy:1")
    assert warned.returncode == 0 and "warning: HTTPS_PROXY names a proxy" in warned.stderr, warned.stderr


def test_the_service_itself_refuses_a_bad_configuration_without_a_cluster():
    done = puller("run", IMAGES="=", KUBECONFIG="/nowhere")
    assert done.returncode == 78
    assert "name=IMAGES" in done.stderr and "nothing in the cluster was touched" in done.stderr


@pytest.mark.parametrize(("file", "cause"), [("/", "Is a directory"), ("/none", "No such file or directory")])
def test_manifests_that_cannot_be_read_are_named_with_the_cause(file, cause):
    done = puller("warm", "-f", file)
    assert done.returncode == 78 and f"cannot read {file}: {cause}" in done.stderr, done
