"""Reads a bundle's folder, and judges its layout: which files are there, and which objects are in them."""
import io
import pathlib
import tarfile

import yaml

from kubeyaml import Loader
from problem import NOTHING, Problem, dig, objects, show

# What a bundle may hold beside the CSV and its CRDs: the kinds that Operator Lifecycle Manager installs.
KINDS = {
    "ClusterServiceVersion", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "ConfigMap",
    "ConsoleCLIDownload", "ConsoleLink", "ConsoleQuickStart", "ConsoleYAMLSample", "PodDisruptionBudget",
    "PriorityClass", "PrometheusRule", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount", "ServiceMonitor",
    "VerticalPodAutoscaler"}
ANNOTATIONS = "metadata/annotations.yaml"
SCORECARD = "tests/scorecard/config.yaml"
LARGEST = 1 << 20  # bytes: a bundle is unpacked into a ConfigMap, compressed


def what_is_wrong(error):
    """Where, and what, a YAML error says."""
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else "", f"an error: {getattr(error, 'problem', error)}"


class Bundle:
    """What is in the files. `problems` are those of reading; what could not be read is an empty document."""

    def __init__(self, folder, dockerfile):
        self.folder, self.problems = pathlib.Path(folder), []
        self.manifests = {}  # file → object
        for path in sorted(self.folder.glob("manifests/*")):
            name = str(path.relative_to(self.folder))
            found = self._read(name)
            if isinstance(found, dict):
                self.manifests[name] = found
        self.annotations = self._read(ANNOTATIONS)
        self.scorecard = self._read(SCORECARD)
        self.dockerfile_name = pathlib.Path(dockerfile).name
        self.dockerfile = self._text(pathlib.Path(dockerfile), self.dockerfile_name)
        self.csv_file, self.csv = next(iter(self.of_kind("ClusterServiceVersion")), (None, None))

    def of_kind(self, kind):
        """(file, object) of each."""
        return [(name, found) for name, found in self.manifests.items() if found.get("kind") == kind]

    def owned(self):
        """The CSV's owned CRDs: (where in the CSV, entry)."""
        return [(f"spec.customresourcedefinitions.owned[{i}]", entry)
                for i, entry in objects(self.csv, "spec", "customresourcedefinitions", "owned")]

    def _text(self, path, name):
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            self.problems.append(Problem("layout-file", name, "", error.strerror, "this file"))
            return None

    def _read(self, name):
        """The one object of a YAML file."""
        text = self._text(self.folder / name, name)
        if text is None:
            return None
        try:
            documents = [found for found in yaml.load_all(text, Loader) if found is not None]
        except yaml.YAMLError as error:
            self.problems.append(Problem("yaml", name, *what_is_wrong(error), "YAML"))
            return None
        if len(documents) != 1 or not isinstance(documents[0], dict):
            found = f"{len(documents)} documents" if len(documents) != 1 else show(documents[0])
            # Of more than one, a catalog would only take the first, without a word.
            self.problems.append(Problem("yaml-one-object", name, "", found, "one object"))
            return None
        return documents[0]


def judge_layout(bundle):
    yield from bundle.problems
    for name, found in bundle.manifests.items():
        if dig(found, "kind", of=str) not in KINDS:
            yield Problem("manifest-kind", name, "kind", show(found.get("kind")), f"one of {', '.join(sorted(KINDS))}")
    csvs = [name for name, _ in bundle.of_kind("ClusterServiceVersion")]
    if len(csvs) != 1:
        yield Problem("one-csv", "manifests", "", ", ".join(csvs) or NOTHING, "one ClusterServiceVersion")
    else:
        wanted = f"manifests/{dig(bundle.csv, 'metadata', 'name', of=str)}.clusterserviceversion.yaml"
        if csvs[0] != wanted:
            yield Problem("csv-file-name", csvs[0], "", "this name", wanted)
    yield from service_accounts(bundle)
    size = compressed_size(bundle.folder)
    if size > LARGEST:
        yield Problem("bundle-size", bundle.folder.name, "", f"{size} bytes compressed", f"at most {LARGEST}")


def service_accounts(bundle):
    """Those that the CSV names are made by Operator Lifecycle Manager; a second maker would be in its way."""
    named = {dig(entry, "serviceAccountName", of=str) for kind in ("permissions", "clusterPermissions")
             for _, entry in objects(bundle.csv, "spec", "install", "spec", kind)}
    for name, found in bundle.of_kind("ServiceAccount"):
        account = dig(found, "metadata", "name", of=str)
        if account in named:
            yield Problem("manifest-service-account", name, "metadata.name", show(account),
                          "no ServiceAccount that the CSV names")


def compressed_size(folder):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(folder, arcname=".")
    return packed.tell()
