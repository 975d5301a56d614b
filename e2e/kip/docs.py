"""The commands of README and docs, run as they stand there, but for what is this test's own: namespace, images, folder.

hack/check-docs looks for the calls of `runs` and `writes` with a page and a heading as words: what no test calls is
found there, and so is what is called and not there."""
import os
import re
import shutil
import sys

import yaml

from kip.images import REGISTRY
from kube.shell import ROOT, run

sys.path.append(str(ROOT / "hack/lib"))
import pages

BINARY = os.environ.get("KIP_E2E_BINARY", ROOT / "build/release/src/cli/kubernetes-image-puller")
ARCHIVE = os.environ.get("KIP_E2E_ARCHIVE", ROOT / "build/image/kubernetes-image-puller.tar")

# What a test's machine lacks, or has in another way. Each is a bash script; {…} are filled in by Reader.
STAND_INS = {
    # The test's namespace is the project, and is there already.
    "oc": """
case $1 in
  process) exec {root}/hack/process-template "${{@:2}}" ;;
  new-project) exec kubectl get namespace "$2" ;;
  *) exec kubectl -n {namespace} "$@" ;;
esac
""",
    # The test's namespace is there already.
    "kubectl": """
if [ "$1 $2" = "create namespace" ]; then exec {kubectl} get namespace "$3"; fi
exec {kubectl} "$@"
""",
    # A test's machine need not have docker, nor has docker a registry that it would trust.
    "docker": """
. {root}/hack/lib/common.sh
. {root}/hack/image/builder.sh
find_builder
case $BUILDER-$1 in
  buildah-push) buildah push "${{policy[@]}}" --tls-verify=false "$2" ;;
  buildah-build) buildah build "${{policy[@]}}" "${{@:2}}" ;;
  *) "$BUILDER" "$@" ;;
esac
""",
    # Says what it would find in the bundle's image.
    "operator-sdk": """
case $1-$2 in
  run-bundle) {skopeo} inspect --tls-verify=false "docker://$3" ;;
  *) echo "operator-sdk $*: not known here" >&2; exit 2 ;;
esac
""",
    # The image is built already; make only says whether it knows how to.
    "make": """
set -e
{make} -C {root} --dry-run "$@" >/dev/null
mkdir -p build/image
ln -sf {archive} build/image/kubernetes-image-puller.tar
""",
    # The registry has no TLS; the archive is that of whichever builder there is.
    "skopeo": """
file=${{2#*:}} kind=docker-archive
if tar -tf "$file" | grep -q oci-layout; then kind=oci-archive; fi
exec {skopeo} --insecure-policy "$1" -q --dest-tls-verify=false "$kind:$file" "$3"
""",
}


def blocks(page, heading, language):
    """The texts of the code blocks of this language below this heading."""
    found = pages.blocks_of((ROOT / page).read_text(encoding="utf-8"), heading, language)
    assert found, f"{page} has no {language} below {heading!r}"
    return [block.text for block in found]


class Reader:
    """Somebody who follows the documentation in a checkout (a copy of deploy/, the program, and hack/), and who wants
    these images cached, of which the pages name `tools` and `java`. `image` is the service's, else the one under
    test."""

    def __init__(self, namespace, folder, tools, java="", image=""):
        self.namespace, self.folder = namespace, folder
        image = image or os.environ["KIP_E2E_IMAGE"]
        repository, _, tag = image.rpartition(":")
        self._words = {"registry.example/kubernetes-image-puller:0.1.0": image,
                       "registry.example/kubernetes-image-puller": repository,
                       "registry.example/image-puller-agent": os.environ["KIP_E2E_AGENT_IMAGE"].rpartition(":")[0],
                       "0.1.0": tag,
                       "registry.example/kubernetes-imagepuller-operator-bundle": f"{REGISTRY}/e2e/bundle",
                       "registry.example/tools:1.2": tools, "registry.example/java:21": java}
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        for path in (folder / "deploy").rglob("*.yaml"):
            path.write_text(self._in_namespace(path.read_text(encoding="utf-8")), encoding="utf-8")
        (folder / "hack").symlink_to(ROOT / "hack")
        (folder / "build/release/src/cli").mkdir(parents=True)
        (folder / "build/release/src/cli/kubernetes-image-puller").symlink_to(BINARY)
        (folder / "bin").mkdir()
        real = {name: shutil.which(name) for name in ("kubectl", "make", "skopeo")}
        for name, script in STAND_INS.items():
            text = script.format(root=ROOT, namespace=namespace, archive=ARCHIVE, **real)
            (folder / "bin" / name).write_text(f"#!/usr/bin/env bash{text}", encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)

    def _in_namespace(self, text):
        """k8s-image-puller is also the name of a ConfigMap and of an account, which stays."""
        text = re.sub(r"(namespace: |namespace=|namespace |namespaces/|new-project |-n )k8s-image-puller\b",
                      rf"\g<1>{self.namespace}", text)
        text = re.sub(r"(name: NAMESPACE\n.*\n +value: )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)
        text = re.sub(r"(NAMESPACE: )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)
        return re.sub(r"(kind: Namespace\nmetadata:\n  name: )k8s-image-puller\b", rf"\g<1>{self.namespace}", text)

    def _mine(self, text):
        text = self._in_namespace(text)
        for theirs, own in self._words.items():
            text = text.replace(theirs, own)
        return text

    def writes(self, page, heading, name):
        """Writes the YAML below this heading to a file of the folder; returns what its first document says."""
        theirs, = blocks(page, heading, "yaml")
        text = self._mine(theirs)
        (self.folder / name).write_text(text, encoding="utf-8")
        return next(yaml.safe_load_all(text))

    def runs(self, page, heading):
        """Runs the commands below this heading; returns what they printed."""
        env = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        commands = f"cd {self.folder}\n{self._mine(''.join(blocks(page, heading, 'sh')))}"
        return run("bash", "-euo", "pipefail", "-c", commands, env=env)
