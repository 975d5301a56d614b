"""The chart images-prepuller on the local cluster, whose nodes have their runtimes' sockets in one folder for each."""
import json
import os
import shutil

from kip.agent import SOCKETS
from kube.shell import ROOT, helm

CHART = ROOT / "deploy/images-prepuller"
OF_BEFORE = ROOT / "e2e/imagesprepuller/chart"
RELEASE = "images-prepuller"
PODS = "name=prepull"

# Where the containers find the socket: it is looked for there, as on a node of one's own.
MOUNT = """{{- define "prepuller.socketMount" -}}
- name: docker
  mountPath: /run/containerd
  subPathExpr: $(NODE_NAME)
  readOnly: true
{{- end }}
"""


def adapt(chart):
    """Changes a copy of the chart so that each node's pod sees the folder of its own node."""
    path = chart / "templates/_helpers.tpl"
    text = path.read_text(encoding="utf-8")
    begin = text.index('{{- define "prepuller.socketMount"')
    end = text.index("{{- end }}\n{{/*", begin) + len("{{- end }}\n")
    path.write_text(text[:begin] + MOUNT + text[end:], encoding="utf-8")
    path = chart / "values.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("hostPath: /var/run", f"hostPath: {SOCKETS}"),
                    encoding="utf-8")
    return chart


def copy_of_chart(folder):
    return adapt(shutil.copytree(CHART, folder / "images-prepuller"))


def image():
    repository, _, tag = os.environ["KIP_E2E_AGENT_IMAGE"].rpartition(":")
    return {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"}


def upgrade(ns, chart, values, *args, **options):
    """helm upgrade --install, with these values as a file."""
    return helm("upgrade", "--install", RELEASE, chart, "-n", ns.name, "-f", "-", *args,
                stdin=json.dumps(values), **options)


def pods(ns):
    return ns.items("pods", PODS)


def logs(ns):
    """Of the containers that pull, as users of the chart ask for them."""
    return ns.kubectl("logs", "-lname=prepull", "-c", "prepull", "--tail=-1")
