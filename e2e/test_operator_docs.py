"""The commands of docs/operator.md, from installing it to removing it."""
import json

import pytest
import yaml

from kip import operator
from kip.docs import Reader
from kip.namespace import NAME
from kube import client
from kube.client import path_of
from kube.shell import ROOT, kubectl, run

pytestmark = pytest.mark.xdist_group("operator")  # there is one operator, and one resource definition, in a cluster


@pytest.fixture
def reader(ns, tools, tmp_path):
    return Reader(ns.name, tmp_path, tools)


@pytest.fixture
def removed():
    yield
    print(operator.logs())
    operator.uninstall()


def test_the_commands_of_the_page_install_the_operator_and_its_resource_becomes_ready(reader, removed, nodes, tools):
    reader.writes("docs/operator.md", "Install the operator", "puller.yaml")

    last = reader.runs("docs/operator.md", "Install the operator").splitlines()[-1].split()

    assert last[:5] == [operator.NAMESPACE, "tools", "True", "1", str(len(nodes))]
    found = client.current().get(path_of("daemonsets", operator.NAMESPACE, NAME))
    containers = found["spec"]["template"]["spec"]["containers"]
    assert [container["image"] for container in containers] == [tools]
    kubectl("delete", "-k", reader.folder / "deploy/operator", "--timeout=120s")
    assert client.current().get(path_of("namespaces", name=operator.NAMESPACE)) is None


def test_the_commands_of_the_page_make_an_image_of_the_bundle(reader):
    said = reader.runs("docs/operator.md", "Operator Lifecycle Manager")

    folder = reader.folder / "build/olm"
    assert run(ROOT / "hack/check-bundle", folder / "bundle", "--catalog", folder / "catalog/catalog.yaml") == ""
    labels = json.loads(said[said.index("{"):])["Labels"]
    annotations = yaml.safe_load((folder / "bundle/metadata/annotations.yaml").read_text(encoding="utf-8"))
    assert annotations["annotations"].items() <= labels.items()
