"""What the chart renders is what an API server takes, field by field, and passes Pod Security "restricted"."""
import json
import os

import pytest
import yaml

from kip import BINARY
from kip.namespace import NAME
from kube import client
from kube.shell import CHART, helm, run

AFFINITY = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}]}}}
TOLERATIONS = [{"operator": "Exists"}, {"key": "k", "effect": "NoExecute", "tolerationSeconds": 5}]
YAML_SETTINGS = {
    "images": {"tools": "registry.example/tools:1.2", "java": "java"}, "cachingIntervalHours": 0.5,
    "cachingMemoryRequest": 10485760, "cachingMemoryLimit": "1e8", "cachingCpuRequest": 0.01, "cachingCpuLimit": 1,
    "daemonsetAnnotations": {"team": "web", "number": "012"}, "nodeSelector": {"kubernetes.io/os": "linux"},
    "imagePullSecrets": ["one", "two"], "affinity": AFFINITY, "tolerations": TOLERATIONS, "daemonsetName": "mine",
    "refreshStrategy": "Recreate", "cacheMode": "pin", "agentImage": "registry.example/agent:1",
    "runtimeSocket": "/run/crio/crio.sock", "maxNodesPulling": 3, "imagesStrict": True, "logLevel": "debug",
    "priorityClassName": "system-node-critical", "kipInstallCommand": ["/bin/sleep", "--install", "/kip/sleep"]}
VALUE_SETS = {
    "defaults": {},
    "settings as YAML": {"configMap": YAML_SETTINGS},
    "settings as text": {"configMap": {
        "images": "\n tools=registry.example/tools:1.2;\n java=java;\n", "cachingIntervalHours": "0.5",
        "daemonsetAnnotations": '{"team": "web"}', "nodeSelector": '{"kubernetes.io/os": "linux"}',
        "imagePullSecrets": "one;two;", "affinity": json.dumps(AFFINITY), "tolerations": json.dumps(TOLERATIONS),
        "maxNodesPulling": "10%", "imagesStrict": "true"}},
    "images as a list": {"configMap": {"images": [{"name": "b", "image": "b:1"}, {"name": "a", "image": "a"}]}},
    "everything empty": {"configMap": dict.fromkeys(YAML_SETTINGS), "resources": None,
                         "tolerations": None, "nodeSelector": None, "commonLabels": None, "podLabels": None},
    "names": {"deploymentName": "d", "nameOverride": "n", "serviceAccount": {"name": "s", "annotations": {"a": "b"}},
              "configMap": {"name": "c", "daemonsetName": "ds.x"}},
    "labels and annotations": {
        "commonLabels": {"team": "web", "app": "lost"}, "deploymentLabels": {"tier": "1"},
        "deploymentAnnotations": {"example.com/a": "true"}, "podLabels": {"sidecar": "off", "app": "lost"},
        "podAnnotations": {"example.com/b": "1", "checksum/config": "lost"}},
    "placement": {"priorityClassName": "system-cluster-critical", "nodeSelector": {"kubernetes.io/os": "linux"},
                  "tolerations": [{"operator": "Exists"}], "updateStrategy": {"type": "RollingUpdate"}},
    "private image": {"imagePullSecrets": ["one", {"name": "two"}], "image": {
        "repository": "registry.example:5000/a/b", "tag": 7, "pullPolicy": "IfNotPresent"}},
    "security context": {"containerSecurityContext": {"runAsUser": 1000, "capabilities": {"drop": ["ALL"]}}},
}


def render(namespace, values):
    version = client.current().get("/version")["gitVersion"]
    text = helm("template", NAME, CHART, "-n", namespace, "--kube-version", version, "-f", "-",
                stdin=json.dumps(values))
    return [found for found in yaml.safe_load_all(text) if found]


def dry_run(ns, objects):
    """What the server would store; fails on a refusal, and on a warning, as that of Pod Security for a template."""
    text = "---\n".join(json.dumps(o) + "\n" for o in objects)
    done = ns.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-",
                      stdin=text, check=False)
    assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr
    found = json.loads(done.stdout)
    return found.get("items", [found])


@pytest.mark.parametrize("name", VALUE_SETS)
def test_the_api_server_takes_what_these_values_give(ns, name):
    ns.kubectl("label", "namespace", ns.name, "pod-security.kubernetes.io/warn=restricted")
    objects = render(ns.name, VALUE_SETS[name])
    account = next(o for o in objects if o["kind"] == "ServiceAccount")["metadata"]["name"]
    ns.kubectl("create", "serviceaccount", account)  # a pod is refused where its account is not there

    stored = {o["kind"]: o for o in dry_run(ns, objects)}

    assert set(stored) == {"ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Deployment", "Pod"}
    assert all(o["metadata"]["namespace"] == ns.name for o in stored.values())
    rendered = run(BINARY, "render", "-o", "json", env={"PATH": os.environ["PATH"], **stored["ConfigMap"]["data"]})
    daemonset, = dry_run(ns, [json.loads(rendered)])
    spec = daemonset["spec"]["template"]["spec"]
    if name.startswith("settings"):
        containers = spec["containers"] + spec["initContainers"]  # these with CACHE_MODE=pin
        held = {c["name"]: c["image"] for c in containers if c["name"] not in ("copy-sleep", "sleep")}
        assert held == YAML_SETTINGS["images"]
        assert (spec["nodeSelector"], spec["affinity"]) == (YAML_SETTINGS["nodeSelector"], AFFINITY)
        assert spec["tolerations"] == TOLERATIONS
        assert spec["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]
    if name == "images as a list":
        assert [c["name"] for c in spec["containers"]] == ["b", "a"]
    if name == "private image":
        assert spec["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}], "sleep comes from that image"
