"""hack/render-bundle: one source for each thing, and what is made of it passes hack/check-bundle."""
import shutil

import pytest
import yaml

from scripts import ROOT, run

SOURCES = ["CMakeLists.txt", "deploy/operator"]
CSV = "bundle/manifests/kubernetes-imagepuller-operator.v0.1.0.clusterserviceversion.yaml"


@pytest.fixture
def root(tmp_path):
    """A checkout of nothing but the sources, with what is made of them, at version 0.1.0."""
    folder = tmp_path / "checkout"
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    set_version(folder, "0.1.0")
    render(folder)
    return folder


def set_version(root, version):
    (root / "CMakeLists.txt").write_text(f"project(kubernetes-image-puller VERSION {version} LANGUAGES C CXX)\n")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def render(root, *args):
    done = run("render-bundle", "--root", root, *args)
    assert done.returncode == 0, done.stderr


def problems(folder):
    return run("check-bundle", folder / "bundle", "--catalog", folder / "catalog/catalog.yaml").stdout


def catalog(root):
    with open(root / "deploy/operator/catalog/catalog.yaml", encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


def test_the_bundle_of_this_checkout_is_current_and_passes():
    done = run("render-bundle", "--check")
    assert done.returncode == 0, done.stderr
    assert problems(ROOT / "deploy/operator") == ""


def test_a_second_run_changes_nothing(root):
    folder = root / "deploy/operator"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    render(root)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("file", "old", "new", "stale"), [
    ("deployment.yaml", "memory: 32Mi", "memory: 33Mi", [CSV]),
    ("rbac.yaml", "verbs: [get, create, update]", "verbs: [get]", [CSV]),
    ("rbac-takeover.yaml", "verbs: [get, delete]", "verbs: [get]", [CSV]),
    ("rbac-discovery.yaml", "resources: [cronjobs, jobs]", "resources: [jobs]",
     ["kubernetes-image-puller-operator-discovery.clusterrole.yaml"]),
    ("rbac-node-gate.yaml", "resources: [nodes/status]", "resources: [nodes]",
     ["kubernetes-image-puller-operator-node-gate.clusterrole.yaml"]),
    ("rbac-release-gate.yaml", "verbs: [list, watch]", "verbs: [list]",
     ["kubernetes-image-puller-operator-release-gate.clusterrole.yaml"]),
    ("crd.yaml", "The images to cache.", "Images.", [CSV, "kubernetesimagepullers.che.eclipse.org.crd.yaml"]),
    ("olm/icon.svg", "#1f3a5f", "#000000", [CSV, "catalog/catalog.yaml"]),
    ("olm/csv.yaml", "minKubeVersion: 1.28.0", "minKubeVersion: 1.30.0", ["annotations.yaml", "bundle.Dockerfile"]),
    ("bundle.Dockerfile", "FROM scratch", "FROM debian", ["bundle.Dockerfile"]),
])
def test_check_names_what_an_edit_made_stale(root, file, old, new, stale):
    edit(root / "deploy/operator" / file, old, new)
    done = run("render-bundle", "--root", root, "--check")
    assert done.returncode == 1
    for name in stale:
        assert f"{name} in" in done.stderr
    render(root)
    assert problems(root / "deploy/operator") == ""
    assert run("render-bundle", "--root", root, "--check").returncode == 0


def test_a_manifest_of_an_earlier_version_is_stale_and_goes(root):
    set_version(root, "0.2.0")
    assert f"{CSV} in" in run("render-bundle", "--root", root, "--check").stderr
    render(root)
    assert not (root / "deploy/operator" / CSV).exists()
    assert problems(root / "deploy/operator") == ""


def test_a_version_that_replaces_another_keeps_it_in_the_catalog(root):
    first = catalog(root)[2]
    for version, before in (("0.2.0", "0.1.0"), ("0.3.0", "0.2.0")):
        set_version(root, version)
        csv = root / "deploy/operator/olm/csv.yaml"
        lines = [line for line in csv.read_text(encoding="utf-8").splitlines(True) if "replaces:" not in line]
        replaces = f"  replaces: kubernetes-imagepuller-operator.v{before}\n"
        csv.write_text("".join(lines).replace("spec:\n", f"spec:\n{replaces}", 1))
        render(root)
        render(root)
    package, channel, *bundles = catalog(root)
    names = [f"kubernetes-imagepuller-operator.v0.{minor}.0" for minor in (1, 2, 3)]
    assert channel["entries"] == [{"name": names[0]}, {"name": names[1], "replaces": names[0]},
                                  {"name": names[2], "replaces": names[1]}]
    assert [bundle["name"] for bundle in bundles] == names and bundles[0] == first
    assert package["defaultChannel"] == "stable"
    assert problems(root / "deploy/operator") == ""


def test_a_version_that_replaces_none_starts_the_catalog_anew(root):
    set_version(root, "0.2.0")
    render(root)
    assert [found["name"] for found in catalog(root)[2:]] == ["kubernetes-imagepuller-operator.v0.2.0"]


def test_an_image_of_ones_own_is_everywhere(root, tmp_path):
    image = "registry.example:5000/team/puller:7"
    render(root, "--image", image, "--output", tmp_path / "mine")
    assert problems(tmp_path / "mine") == ""
    text = (tmp_path / "mine" / CSV).read_text(encoding="utf-8")
    assert "quay.io/eclipse/kubernetes-image-puller" not in text and text.count(image) == 4
    with open(tmp_path / "mine/catalog/catalog.yaml", encoding="utf-8") as file:
        made = list(yaml.safe_load_all(file))[2]
    assert made["image"] == "registry.example:5000/team/kubernetes-imagepuller-operator-bundle:0.1.0"
    assert run("render-bundle", "--root", root, "--check").returncode == 0, "the checkout's own is left alone"


@pytest.mark.parametrize(("file", "old", "new", "says"), [
    ("CMakeLists.txt", "VERSION 0.1.0 ", "", "CMakeLists.txt: no version"),
    ("deploy/operator/crd.yaml", "description: The images to cache.", "description: ''",
     "imageList has no description"),
    ("deploy/operator/deployment.yaml", "name: WATCH_NAMESPACE", "name: WATCHED", "expected WATCH_NAMESPACE"),
    ("deploy/operator/rbac.yaml", "kind: ClusterRole\nmetadata", "kind: Roles\nmetadata", "which is not there"),
    ("deploy/operator/olm/csv.yaml", "\nspec:\n", "\nspec:\n  replaces: kubernetes-imagepuller-operator.v0.0.9\n",
     "expected an earlier bundle"),
])
def test_what_cannot_be_rendered_is_named(root, file, old, new, says):
    edit(root / file, old, new)
    done = run("render-bundle", "--root", root)
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [["--image", "registry.example/puller:1"], ["--output", "x"],
                                  ["--image", "puller:1", "--output", "x"]])
def test_half_a_call_is_refused(args):
    done = run("render-bundle", *args)
    assert done.returncode == 2 and "expected" in done.stderr
