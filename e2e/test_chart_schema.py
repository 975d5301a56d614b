"""The chart's schema refuses, by the value's name, what the service would refuse, and nothing that it takes."""
import json
import os
import re
import sys

import pytest
import yaml

from kip import BINARY
from kip.namespace import NAME
from kube.shell import CHART, ROOT, helm, run

sys.path.insert(0, str(ROOT / "hack/chart.d"))
import patterns

TESTDATA = ROOT / "src/config/testdata"
SHA = "0123456789abcdef" * 4

GOOD = [
    {"images": "a=busybox"}, {"images": "\n  a=x;\n  b=quay.io/x/y:1;\n"}, {"images": "junk;a=x"}, {"images": ""},
    {"images": {"tools": "registry.example:5000/tools:1.2", "java": f"java@sha256:{SHA}"}},
    {"images": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}, {"images": {}}, {"images": []},
    {"cachingIntervalHours": 24}, {"cachingIntervalHours": 0.5}, {"cachingIntervalHours": "0.5"},
    {"cachingIntervalHours": ""}, {"cachingMemoryLimit": 20971520}, {"cachingMemoryLimit": "2e7"},
    {"cachingCpuLimit": 1}, {"cachingCpuRequest": 0}, {"cachingCpuRequest": "0", "cachingMemoryRequest": "-0"},
    {"daemonsetName": "my.puller"}, {"priorityClassName": "system-node-critical"},
    {"nodeSelector": {"disk": "ssd", "kubernetes.io/arch": ""}}, {"nodeSelector": '{"disk":"ssd"}'},
    {"nodeSelector": "{}"}, {"nodeSelector": [""]}, {"nodeSelector": "null"},
    {"affinity": {"nodeAffinity": {"new": [1]}}}, {"affinity": "{}"},
    {"tolerations": [{"operator": "Exists"}, {"key": "k", "value": "v", "effect": "NoSchedule"}]},
    {"tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]},
    {"tolerations": "[]"}, {"tolerations": [""]}, {"tolerations": []},
    {"daemonsetAnnotations": {"Example.com/Key": "any text; ü"}}, {"imagePullSecrets": " a ;; a"},
    {"imagePullSecrets": "quay.io/team = a ; b;*.example.com:5000/=c;[::1]:5000/x=d;docker.io/a=a"},
    {"imagePullSecrets": ["quay.io/team=a", "b"]},
    {"imagePullSecrets": ["a", "b.c"]}, {"kipInstallCommand": ["/bin/cp", "a", "b"]},
    {"kipInstallCommand": '["/bin/cp","a","b"]'}, {"refreshStrategy": "Recreate"},
    {"cacheMode": "volume"}, {"cacheMode": "agent"}, {"maxNodesPulling": 2000000},
    {"maxNodesPulling": "10%"}, {"imagesStrict": True, "images": "a=x;b=y;"}, {"imagesStrict": "false"},
    {"logLevel": "debug"},
]
# The value that the message has to name, and the values.
BAD = [
    ("images", {"images": "junk"}), ("images", {"images": "a=X/Y/Z:"}), ("images", {"images": ";=;nothing;"}),
    ("images", {"images": "a=x;junk", "imagesStrict": True}), ("images", {"images": {"Not_A_Label": "x"}}),
    ("images/a", {"images": {"a": "quay.io/Upper"}}), ("images/copy-sleep", {"images": {"copy-sleep": "x"}}),
    ("images/0/image", {"images": [{"name": "a", "image": "b c"}]}), ("imagesStrict", {"imagesStrict": "True"}),
    ("cachingIntervalHours", {"cachingIntervalHours": "soon"}), ("cachingIntervalHours", {"cachingIntervalHours": 0}),
    ("cachingIntervalHours", {"cachingIntervalHours": -1}), ("cachingIntervalHours", {"cachingIntervalHours": 87601}),
    ("cachingMemoryLimit", {"cachingMemoryLimit": "much"}), ("cachingMemoryLimit", {"cachingMemoryLimit": "20MB"}),
    ("cachingMemoryLimit", {"cachingMemoryLimit": 0}), ("cachingCpuLimit", {"cachingCpuLimit": "0m"}),
    ("cachingCpuRequest", {"cachingCpuRequest": -0.1}), ("cachingCpuRequest", {"cachingCpuRequest": "1,5"}),
    ("daemonsetName", {"daemonsetName": "Not A Name"}), ("nodeSelector/ssd", {"nodeSelector": {"ssd": True}}),
    ("nodeSelector", {"nodeSelector": "disk=ssd"}), ("nodeSelector/a", {"nodeSelector": {"a": "b c"}}),
    ("nodeSelector", {"nodeSelector": {"a b": "c"}}), ("affinity", {"affinity": "[]"}),
    ("tolerations/0/operator", {"tolerations": [{"key": "k", "operator": "exists"}]}),
    ("tolerations/1", {"tolerations": [{"key": "k"}, {"kee": "k"}]}), ("tolerations", {"tolerations": "{}"}),
    ("tolerations/0/value", {"tolerations": [{"operator": "Exists", "value": "v"}]}),
    ("tolerations/0", {"tolerations": [{"key": "k", "tolerationSeconds": 60}]}),
    ("tolerations/0", {"tolerations": [{"value": "v"}]}),
    ("daemonsetAnnotations/a", {"daemonsetAnnotations": {"a": 1}}),
    ("imagePullSecrets", {"imagePullSecrets": "a,b"}),
    ("imagePullSecrets", {"imagePullSecrets": "https://quay.io=a"}),
    ("imagePullSecrets", {"imagePullSecrets": "quay.io="}),
    ("imagePullSecrets/0", {"imagePullSecrets": ["quay.io/a:1=b"]}),
    ("imagePullSecrets/1", {"imagePullSecrets": ["a", "B"]}),
    ("kipInstallCommand", {"kipInstallCommand": "cp a b"}), ("refreshStrategy", {"refreshStrategy": "Sometimes"}),
    ("cacheMode", {"cacheMode": "agents"}),
    ("maxNodesPulling", {"maxNodesPulling": 0}), ("maxNodesPulling", {"maxNodesPulling": "101%"}),
    ("logLevel", {"logLevel": "INFO"}),
]
# Refused by the schema alone: the chart could not make sense of them, or nothing would.
UNKNOWN = [
    ("/configMap", {"configMap": {"cachingIntervalHour": 2}}), ("", {"tolleration": []}),
    ("/image/tag", {"image": {"tag": 1.1}}), ("/image", {"image": {"repository": "x", "sha": "y"}}),
    ("/configMap/images/0", {"configMap": {"images": [{"name": "a"}]}}), ("/deploymentName", {"deploymentName": "A"}),
    ("/commonLabels/a", {"commonLabels": {"a": 1}}), ("/imagePullSecrets/0", {"imagePullSecrets": [{"nam": "x"}]}),
    ("/updateStrategy/type", {"updateStrategy": {"type": "OnDelete"}}), ("/resources", {"resources": "small"}),
    ("/agent/image", {"agent": {"image": "UPPER//x"}}),
    ("/agent/runtimeSocket", {"agent": {"runtimeSocket": "/c.sock"}}),
    ("/agent/runtimeSocket", {"agent": {"runtimeSocket": "containerd.sock"}}),
    ("/configMap", {"configMap": {"agentImage": "registry.example/agent:1"}}),
]


def template(values, *options):
    return helm("template", NAME, CHART, "-n", "here", "-f", "-", *options, stdin=json.dumps(values), check=False)


def service_refuses(settings):
    """What `check` says of the ConfigMap that the chart would make of these values."""
    done = template({"configMap": settings}, "--skip-schema-validation")
    assert done.returncode == 0, done.stderr
    data = next(o for o in yaml.safe_load_all(done.stdout) if o and o["kind"] == "ConfigMap")["data"]
    return run(BINARY, "check", env={"PATH": os.environ["PATH"], **data}, check=False).returncode == 78


@pytest.mark.parametrize("settings", GOOD, ids=json.dumps)
def test_what_the_service_takes_is_taken(settings):
    assert not service_refuses(settings)
    done = template({"configMap": settings})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "settings"), BAD, ids=lambda x: x if isinstance(x, str) else json.dumps(x))
def test_what_the_service_refuses_is_refused_by_name(name, settings):
    assert service_refuses(settings)
    done = template({"configMap": settings})
    assert done.returncode != 0
    assert f"at '/configMap/{name}': " in done.stderr, done.stderr


@pytest.mark.parametrize(("place", "values"), UNKNOWN, ids=lambda x: x if isinstance(x, str) else json.dumps(x))
def test_what_would_mean_nothing_is_refused_by_name(place, values):
    done = template(values)
    assert done.returncode != 0
    assert f"at '{place}': " in done.stderr, done.stderr


def test_a_name_that_occurs_twice_is_refused():
    done = template({"configMap": {"images": [{"name": "a", "image": "x"}, {"name": "a", "image": "y"}]}})
    assert done.returncode != 0
    assert 'configMap.images[1]: the name "a" occurs before; expected each name once' in done.stderr


def rows(name):
    """Text → whether the service's parser takes it, from its own pinned table."""
    lines = (TESTDATA / name).read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0]: line.split("\t")[1] != "-" for line in lines if line and not line.startswith("#")}


# Lengths and sizes, which no pattern counts.
BEYOND_PATTERNS = re.compile(r"[0-9a-f]{64}|.{200,}|[0-9]+[PE]i?|[eE]\+?[0-9]{2,}|[0-9]{16,}")


@pytest.mark.parametrize(("pattern", "table"), [
    (patterns.REFERENCE, "references.tsv"), (patterns.REQUEST, "quantities.tsv")], ids=["references", "quantities"])
def test_a_pattern_agrees_with_the_parser_on_each_row_of_its_table(pattern, table):
    taken = re.compile(rf"\s*(?:{pattern})\s*", re.ASCII)
    wrong = []
    for text, parsed in rows(table).items():
        good = parsed
        if table == "quantities.tsv":  # quantities to Kubernetes that a setting refuses: no number, or below 0
            good = good and bool(re.match(r"[+]?[.]?[0-9]|-[0.]*0[0.]*([^0-9.]|$)", text))
        if bool(taken.fullmatch(text)) != good and (good or not BEYOND_PATTERNS.search(text)):
            wrong.append((text[:80], "taken by the service" if good else "refused by the service"))
    assert wrong == []
