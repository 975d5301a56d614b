"""The commands of README, and those of the pages in docs that no other test has for its subject."""
import pytest
import yaml

from kip.docs import Reader
from kip.images import make_image, new_reference


@pytest.fixture
def images():
    found = {"tools": new_reference("tools"), "java": new_reference("java")}
    for reference in found.values():
        make_image(reference)
    return found


@pytest.fixture
def reader(ns, images, tmp_path):
    return Reader(ns.name, tmp_path, **images)


def test_who_follows_readme_has_the_image_on_every_node_and_sees_it(ns, nodes, images, tmp_path):
    # With a name that is in no registry yet: the service's pod shows that the image was pushed.
    reader = Reader(ns.name, tmp_path, **images, image=new_reference("docs"))

    reader.runs("README.md", "Install")

    ns.wait_until_ready(nodes, {"tools": images["tools"]})
    ns.wait_for_log("every image is on every node", "images=1", f"nodes={len(nodes)}")
    seen = reader.runs("README.md", "See that it works")
    assert "every image is on every node" in seen and "Absent" in seen

    reader.runs("README.md", "Change the list")
    ns.wait_until_ready(nodes, images)
    looked = reader.runs("docs/troubleshooting.md", "Look")
    assert all(node in looked for node in nodes), looked


def test_helm_with_a_values_file_puts_the_images_on_every_node(ns, nodes, images, reader):
    reader.writes("docs/install.md", "Helm", "values.yaml")

    said = reader.runs("docs/install.md", "Helm")

    assert "Succeeded" in said, "helm test"
    ns.wait_until_ready(nodes, images)
    stored = ns.get("configmaps", "k8s-image-puller")["data"]
    assert stored["NODE_SELECTOR"] == '{"kubernetes.io/os":"linux"}' and stored["CACHING_INTERVAL_HOURS"] == "6"


def test_manifests_rendered_by_helm_put_the_images_on_every_node(ns, nodes, images, reader):
    reader.writes("docs/install.md", "Helm", "values.yaml")
    reader.runs("docs/install.md", "Rendered manifests")
    ns.wait_until_ready(nodes, images)


def test_settings_are_tried_without_a_cluster(images, reader):
    said, _, rendered = reader.runs("docs/settings.md", "Try them without a cluster").partition("\n")

    assert said.startswith("ok: 1 image"), said
    spec = yaml.safe_load(rendered)["spec"]["template"]["spec"]
    assert [container["image"] for container in spec["containers"]] == [images["tools"]]
    assert spec["nodeSelector"] == {"kubernetes.io/os": "linux"}

