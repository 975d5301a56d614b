"""Charts: their values, their releases, and what a copy needs on the local cluster."""
import json

from kip.agent import SOCKETS
from kube.shell import helm

# Where the containers find the socket: it is looked for there, as on a node of one's own.
MOUNT = """{{{{- define "{template}" -}}}}
- name: {volume}
  mountPath: /run/containerd
  subPathExpr: $(NODE_NAME)
  readOnly: true
{{{{- end }}}}
"""


def adapt(chart, template, volume):
    """Changes a copy of the chart for the local cluster, whose nodes have their runtimes' sockets in one folder for
    each: a pod sees that of its own node. `template` is the chart's for the mount, `volume` what it mounts. Returns
    the chart."""
    path = chart / "templates/_helpers.tpl"
    text = path.read_text(encoding="utf-8")
    begin = text.index(f'{{{{- define "{template}"')
    end = text.index("{{- end }}\n", begin) + len("{{- end }}\n")
    path.write_text(text[:begin] + MOUNT.format(template=template, volume=volume) + text[end:], encoding="utf-8")
    path = chart / "values.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("hostPath: /var/run", f"hostPath: {SOCKETS}"),
                    encoding="utf-8")
    return chart


def image_values(reference):
    """As values name an image by repository and tag."""
    repository, _, tag = reference.rpartition(":")
    return {"repository": repository, "tag": tag}


def upgrade(ns, release, chart, values, *args, **options):
    """helm upgrade --install, with these values as a file."""
    return helm("upgrade", "--install", release, chart, "-n", ns.name, "-f", "-", *args, stdin=json.dumps(values),
                **options)
