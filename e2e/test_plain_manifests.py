"""Installing without Helm: the commands of docs/install.md with deploy/manifests and deploy/kustomize."""
import json

import pytest
import yaml

from kip.docs import Reader
from kip.namespace import CONFIGMAP, is_ready
from kube.shell import ROOT, kubectl
from kube.wait import wait_until

RESTRICTED = "pod-security.kubernetes.io/enforce"


@pytest.fixture
def reader(ns, tools, tmp_path):
    # As somebody who made the namespace with kubectl create has it.
    kubectl("annotate", "namespace", ns.name, "kubectl.kubernetes.io/last-applied-configuration-")
    return Reader(ns.name, tmp_path, tools)


def assert_it_works(ns, nodes, tools):
    ns.wait_until_ready(nodes, {"tools": tools})
    said = ns.puller_logs()
    assert "level=error" not in said and "level=warning" not in said, said
    wait_until(lambda: all(is_ready(pod) for pod in ns.puller_pods()), "the puller's own pod")
    labels = kubectl("get", "namespace", ns.name, "-o", "jsonpath={.metadata.labels}")
    assert json.loads(labels)[RESTRICTED] == "restricted", "labels of a namespace that was there are kept"


def test_the_plain_manifests_of_the_page_put_the_image_on_every_node(ns, nodes, tools, reader):
    reader.runs("docs/install.md", "Plain manifests")
    assert_it_works(ns, nodes, tools)


def test_the_kustomization_of_the_page_puts_the_image_on_every_node(ns, nodes, tools, reader):
    reader.writes("docs/install.md", "Kustomize", "kustomization.yaml")
    reader.runs("docs/install.md", "Kustomize")
    assert_it_works(ns, nodes, tools)
    assert ns.get("configmaps", CONFIGMAP)["data"]["CACHING_INTERVAL_HOURS"] == "6"


def test_an_overlay_moves_everything_to_its_namespace(ns, reader):
    overlay = reader.writes("docs/install.md", "Kustomize", "kustomization.yaml")
    overlay["namespace"] = "somewhere-else"
    (reader.folder / "kustomization.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")

    built = kubectl("kustomize", reader.folder)

    assert ns.name not in built
    for found in yaml.safe_load_all(built):
        where = found["metadata"]["name"] if found["kind"] == "Namespace" else found["metadata"]["namespace"]
        assert where == "somewhere-else", found["kind"]


def test_the_base_as_it_stands_is_taken_by_the_api_server(ns, reader):
    """It would install the published image, which a test's cluster cannot pull: a dry run."""
    done = kubectl("apply", "--dry-run=server", "-k", reader.folder / "deploy/kustomize")
    kinds = {line.split("/")[0].split(".")[0] for line in done.splitlines()}
    assert kinds == {"namespace", "serviceaccount", "role", "rolebinding", "configmap", "deployment"}


def test_the_base_installs_what_the_plain_manifests_do():
    plain = {found["kind"]: found for found in yaml.safe_load_all(
        (ROOT / "deploy/manifests/install.yaml").read_text(encoding="utf-8"))}
    base = {found["kind"]: found for found in yaml.safe_load_all(kubectl("kustomize", ROOT / "deploy/kustomize"))}

    # Only what would name the namespace and the image where a kustomization does not look.
    del plain["ConfigMap"]["data"]["NAMESPACE"]
    container = plain["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [variable for variable in container["env"] if variable["name"] != "KIP_IMAGE"]
    assert base == plain
