"""README's install commands, run as they stand there, but for what is this test's own: namespace, images, folder."""
import os
import re
import shutil

import yaml

from kip.images import REGISTRY
from kube.shell import ROOT, run

OC = """\
#!/usr/bin/env bash
# Stands in for oc. The test's namespace is the project, and is there already.
case $1 in
  process) exec {root}/hack/process-template "${{@:2}}" ;;
  new-project) exec kubectl get namespace "$2" ;;
  *) exec kubectl -n {namespace} "$@" ;;
esac
"""

# Stands in for docker, which a test's machine need not have, and has no registry that it would trust.
DOCKER = """\
#!/usr/bin/env bash
. {root}/hack/lib/common.sh
. {root}/hack/image/builder.sh
find_builder
case $BUILDER-$1 in
  buildah-push) buildah push "${{policy[@]}}" --tls-verify=false "$2" ;;
  buildah-build) buildah build "${{policy[@]}}" "${{@:2}}" ;;
  *) "$BUILDER" "$@" ;;
esac
"""
# Stands in for operator-sdk: says what it would find in the bundle's image.
OPERATOR_SDK = """\
#!/usr/bin/env bash
case $1-$2 in
  run-bundle) skopeo inspect --tls-verify=false "docker://$3" ;;
  *) echo "operator-sdk $*: not known here" >&2; exit 2 ;;
esac
"""


def block(heading, language):
    """The first code block of this language below this heading of README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", re.sub(r"(?m)^# ", "\\\\# ", text), re.M | re.S)
    assert section, f"README has no heading {heading!r}"
    found = re.search(rf"^```{language}\n(.*?)^```", section[1], re.M | re.S)
    assert found, f"README has no {language} below {heading!r}"
    return found[1].replace("\\# ", "# ")


class Reader:
    """Somebody who follows README in a checkout (a copy of deploy/, and hack/) and wants one image, `tools`, cached."""

    def __init__(self, namespace, folder, tools):
        self.namespace, self.folder = namespace, folder
        repository, _, tag = os.environ["KIP_E2E_IMAGE"].rpartition(":")
        self._words = {"registry.example/kubernetes-image-puller:0.1.0": os.environ["KIP_E2E_IMAGE"],
                       "registry.example/kubernetes-image-puller": repository, "0.1.0": tag,
                       "registry.example/kubernetes-imagepuller-operator-bundle": f"{REGISTRY}/e2e/bundle",
                       "registry.example/tools:1.2": tools}
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        for path in (folder / "deploy").rglob("*.yaml"):
            path.write_text(self._in_namespace(path.read_text(encoding="utf-8")), encoding="utf-8")
        (folder / "bin").mkdir()
        for name, script in (("oc", OC), ("docker", DOCKER), ("operator-sdk", OPERATOR_SDK)):
            (folder / "bin" / name).write_text(script.format(root=ROOT, namespace=namespace), encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)
        (folder / "hack").symlink_to(ROOT / "hack")

    def _in_namespace(self, text):
        """k8s-image-puller is also the name of a ConfigMap and of an account, which stays."""
        text = re.sub(r"(namespace: |namespace |new-project |-n )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)
        text = re.sub(r"(name: NAMESPACE\n.*\n +value: )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)
        text = re.sub(r"(NAMESPACE: )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)
        return re.sub(r"(kind: Namespace\nmetadata:\n  name: )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)

    def _mine(self, text):
        text = self._in_namespace(text)
        for theirs, own in self._words.items():
            text = text.replace(theirs, own)
        return text

    def writes(self, heading, name):
        """Writes the section's YAML to a file of the folder; returns what it says."""
        text = self._mine(block(heading, "yaml"))
        (self.folder / name).write_text(text, encoding="utf-8")
        return yaml.safe_load(text)

    def runs(self, heading):
        """Runs the section's commands; returns what they printed."""
        env = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        commands = f"cd {self.folder}\n{self._mine(block(heading, 'sh'))}"
        return run("bash", "-euo", "pipefail", "-c", commands, env=env)
