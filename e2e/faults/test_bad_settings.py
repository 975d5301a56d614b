"""Settings that cannot be used: every one is named with what was there, and the cluster is not touched."""
import pytest

from kube.wait import wait_until

from .puller import run_to_end
from .world import IMAGE

BAD_CONFIGURATION = 78

# Variable, value, words that say what was there or where, words that say what was expected.
BAD = [
    ("IMAGES", "no-equals-sign", "no-equals-sign", "expected"),
    ("IMAGES", "UPPER=busybox", "UPPER", "expected"),
    ("IMAGES", "a=busy box", "busy box", "expected"),
    ("IMAGES", "a=b:c:d;", "b:c:d", "expected"),
    ("IMAGES", ";;;", "", "expected"),
    ("CACHING_INTERVAL_HOURS", "often", "often", "expected"),
    ("CACHING_INTERVAL_HOURS", "0", '"0"', "expected"),
    ("CACHING_INTERVAL_HOURS", "-1", "-1", "expected"),
    ("CACHING_INTERVAL_HOURS", "1e999", "1e999", "expected"),
    ("CACHING_MEMORY_LIMIT", "20 Mi", "20 Mi", "expected"),
    ("CACHING_MEMORY_LIMIT", "0", '"0"', "expected more than 0"),
    ("CACHING_MEMORY_REQUEST", "1Gi", "CACHING_MEMORY_LIMIT", "expected at most the limit"),
    ("CACHING_CPU_LIMIT", "many", "many", "expected"),
    ("DAEMONSET_NAME", "Not_A_Name", "Not_A_Name", "expected"),
    ("NAMESPACE", "a/../b", "a/../b", "expected"),
    ("DEPLOYMENT_NAME", "-x", "-x", "expected"),
    ("NODE_SELECTOR", '{"a": 1}', "number", "expected"),
    ("NODE_SELECTOR", '{"a": "b"', "", "expected"),
    ("NODE_SELECTOR", '{"a": "b",}', "", "expected"),
    ("AFFINITY", "[]", "array", "expected"),
    ("TOLERATIONS", '{"key": "a"}', "object", "expected"),
    ("DAEMONSET_ANNOTATIONS", "[" * 10000, "", "expected"),
    ("IMAGE_PULL_SECRETS", "a b;", "a b", "expected"),
    ("KIP_IMAGE", "not an image", "not an image", "expected"),
    ("KIP_INSTALL_COMMAND", "/bin/sh -c", "", "expected"),
    ("REFRESH_STRATEGY", "Sometimes", "Sometimes", "expected"),
    ("MAX_NODES_PULLING", "0", '"0"', "expected"),
    ("LOG_LEVEL", "loud", "loud", "expected"),
    ("IMAGES", b"a=busy\xffbox", "UTF-8", "expected"),
    ("NODE_SELECTOR", '{"a":\x07 "b"}', "control character", "expected"),
    ("AFFINITY", b"\xc3\x28", "UTF-8", "expected"),
    ("DAEMONSET_NAME", "x" * 120_000, "xxx", "expected"),  # the kernel takes no longer variable
    ("NODE_SELECTOR", '{"a": "' + "y" * 120_000 + '"}', "yyy", "expected"),
]


def name_of(case):
    return f"{case[0]}-{str(case[1])[:12]}"


@pytest.mark.parametrize("case", BAD, ids=name_of)
def test_a_bad_setting_is_named_with_what_was_there(case, tmp_path, binary):
    variable, value, there, expected = case
    settings = {"IMAGES": f"a={IMAGE}", "NAMESPACE": "faults", variable: value}
    code, log = run_to_end(tmp_path, settings, "check")
    assert code == BAD_CONFIGURATION, log[:2000]
    errors = [line for line in log.splitlines() if line.startswith("error: ")]
    assert errors and all(line.startswith(f"error: {variable}: ") for line in errors), log[:2000]
    assert any(there in line and expected in line for line in errors), log[:2000]
    assert max(map(len, log.splitlines())) < 2000, "a message repeats what was there without a limit"
    assert not any(ord(c) < 32 for c in log.replace("\n", "")), "control characters reach the terminal"


def test_every_bad_setting_is_told_at_once_and_no_request_is_sent(tmp_path, world, proxy, way):
    bad = {"IMAGES": "none", "CACHING_INTERVAL_HOURS": "x", "CACHING_CPU_LIMIT": "x", "NODE_SELECTOR": "x",
           "AFFINITY": "x", "TOLERATIONS": "x", "MAX_NODES_PULLING": "x", "LOG_LEVEL": "x"}
    code, log = run_to_end(tmp_path, {**world.settings(), **bad, "KUBECONFIG": str(way)})
    assert code == BAD_CONFIGURATION, log
    for variable in bad:
        assert f"level=error msg=invalid setting name={variable} " in log.replace('"', ""), log
    assert "nothing in the cluster was touched" in log
    assert not proxy.those(), "a request was sent"


def test_one_bad_image_does_not_stop_the_others(start, world, way):
    puller = start({**world.settings(), "IMAGES": f"one={IMAGE};b@d;", "KUBECONFIG": str(way)})
    world.await_daemonset(more=lambda: puller.log)
    puller.await_log("level=warning.*IMAGES.*b@d")


HUGE = "x" * 900_000  # a ConfigMap holds 1 MiB


@pytest.mark.parametrize("value", ["nonsense", HUGE, f"a={HUGE}", "".join(f"n{i}=i/{i};" for i in range(40_000))],
                         ids=["nonsense", "one-huge-word", "one-huge-image", "very-many-images"])
def test_a_configmap_that_is_edited_to_nonsense_changes_nothing(value, start, world, proxy, way):
    """1 MiB does not fit into an environment, but it can come by the ConfigMap."""
    own = world.settings(DEPLOYMENT_NAME="owner")
    images = own.pop("IMAGES")
    path = f"{world.core}/configmaps"
    world.api.create(path, {"metadata": {"name": "settings"}, "data": {"IMAGES": images}})
    world.create_deployment("owner", "settings", environment=own)
    puller = start({**own, "IMAGES": images, "KUBECONFIG": str(way)})
    uid = world.await_daemonset(more=lambda: puller.log)
    wait_until(lambda: proxy.those("GET", ".*/configmaps", watch=True), lambda: f"no watch\n{puller.log}")
    world.api.patch(f"{path}/settings", {"data": {"IMAGES": value}})
    puller.await_log("level=error.*keeping the last ones")
    assert max(map(len, puller.lines)) < 5000
    writes = proxy.those("POST|PUT|DELETE", ".*/daemonsets.*")
    assert len(writes) == 1 and world.uid() == uid and puller.is_alive()
