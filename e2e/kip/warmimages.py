"""The chart warm-images on the local cluster, whose nodes have their runtimes' sockets in one folder for each."""
import json
import os

from kip.agent import SOCKETS
from kube.shell import ROOT, helm

OF_BEFORE = ROOT / "e2e/warmimages/chart"
RELEASE = "wi"

# Where the containers find the socket: it is looked for there, as on a node of one's own.
MOUNT = """{{- define "warm-images.socketMount" -}}
- name: runtime
  mountPath: /run/containerd
  subPathExpr: $(NODE_NAME)
  readOnly: true
{{- end }}
"""


def adapt(chart):
    """Changes a copy of the chart so that each node's pod sees the folder of its own node."""
    path = chart / "templates/_helpers.tpl"
    text = path.read_text(encoding="utf-8")
    begin = text.index('{{- define "warm-images.socketMount"')
    end = text.index("{{- end }}\n", begin) + len("{{- end }}\n")
    path.write_text(text[:begin] + MOUNT + text[end:], encoding="utf-8")
    path = chart / "values.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("hostPath: /var/run", f"hostPath: {SOCKETS}"),
                    encoding="utf-8")
    return chart


def images():
    """The values that name the images under test."""
    def of(reference):
        repository, _, tag = reference.rpartition(":")
        return {"repository": repository, "tag": tag}
    return {"image": {"pullPolicy": "IfNotPresent"}, "controllerImage": of(os.environ["KIP_E2E_IMAGE"]),
            "agentImage": of(os.environ["KIP_E2E_AGENT_IMAGE"])}


def upgrade(ns, chart, values):
    """helm upgrade --install, with these values as a file."""
    return helm("upgrade", "--install", RELEASE, chart, "-n", ns.name, "-f", "-", stdin=json.dumps(values))
