"""What a bundle is made of, read from the files that say it."""
import pathlib
import re

import yaml

from kubeyaml import Loader


class Sources:
    """The files of a checkout. Only what is in them; nothing is derived here."""

    def __init__(self, root):
        root = pathlib.Path(root)
        folder = root / "deploy/operator"
        found = re.search(r"^project\(\S+ VERSION (\S+)", _text(root / "CMakeLists.txt"), re.M)
        if not found:
            raise ValueError("CMakeLists.txt: no version; expected project(NAME VERSION …)")
        self.version = found[1]
        self.crd_text = _text(folder / "crd.yaml")
        self.crd = _objects(folder / "crd.yaml")[0]
        self.deployment = _one(folder / "deployment.yaml", "Deployment")
        self.namespace = _one(folder / "namespace.yaml", "Namespace")["metadata"]["name"]
        self.rbac = [*_objects(folder / "rbac.yaml"), *_objects(folder / "rbac-takeover.yaml")]
        # Bound by whoever wants what they are for: Operator Lifecycle Manager knows no permission that may be left out.
        self.optional_roles = [found for name in ("discovery", "node-gate", "release-gate")
                               for found in _objects(folder / f"rbac-{name}.yaml") if found["kind"] == "ClusterRole"]
        self.base = _objects(folder / "olm/csv.yaml")[0]
        self.description = _text(folder / "olm/description.md")
        self.icon = _text(folder / "olm/icon.svg")
        self.example_text = _text(folder / "olm/example.yaml")
        self.example = _objects(folder / "olm/example.yaml")[0]
        catalog = folder / "catalog/catalog.yaml"
        self.catalog = _objects(catalog) if catalog.exists() else []


def _text(path):
    return path.read_text(encoding="utf-8")


def _objects(path):
    return [found for found in yaml.load_all(_text(path), Loader) if found]


def _one(path, kind):
    found = [each for each in _objects(path) if each.get("kind") == kind]
    if len(found) != 1:
        raise ValueError(f"{path.name}: {len(found)} objects of kind {kind}; expected one")
    return found[0]
