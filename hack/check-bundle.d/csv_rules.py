"""Judges the ClusterServiceVersion where one value depends on another."""
from problem import Problem, dig, objects, show, strings

MODES = ["OwnNamespace", "SingleNamespace", "MultiNamespace", "AllNamespaces"]
CRD_GROUP, CRD_RESOURCE = "apiextensions.k8s.io", "customresourcedefinitions"


def judge_csv(bundle):
    for rule in (version, install_modes, resources, creating_crds):
        yield from rule(bundle.csv_file, bundle.csv)


def version(file, csv):
    name, told = dig(csv, "metadata", "name", of=str), dig(csv, "spec", "version", of=str)
    if told and name.partition(".v")[2] != told:
        yield Problem("csv-name-version", file, "spec.version", show(told), f"the version in {show(name)}")


def install_modes(file, csv):
    entries = [entry for _, entry in objects(csv, "spec", "installModes")]
    types = [entry.get("type") for entry in entries]
    missing, twice = [m for m in MODES if m not in types], [m for m in MODES if types.count(m) > 1]
    if missing:
        yield Problem("install-modes-named", file, "spec.installModes", show(types), f"also {', '.join(missing)}")
    if twice:
        yield Problem("install-modes-twice", file, "spec.installModes", show(types), f"{', '.join(twice)} once")
    if not any(entry.get("supported") is True for entry in entries):
        yield Problem("install-modes-supported", file, "spec.installModes", "none supported", "at least one supported")


def containers(csv):
    """(where, container) of every container of the deployments."""
    for i, deployment in objects(csv, "spec", "install", "spec", "deployments"):
        for kind in ("initContainers", "containers"):
            for j, container in objects(deployment, "spec", "template", "spec", kind):
                yield f"spec.install.spec.deployments[{i}].spec.template.spec.{kind}[{j}]", container


def resources(file, csv):
    for where, container in containers(csv):
        requests = dig(container, "resources", "requests")
        if not {"cpu", "memory"} <= set(requests):
            yield Problem("container-resources", file, f"{where}.resources.requests", show(requests or None),
                          "cpu and memory")


def creating_crds(file, csv):
    for kind in ("permissions", "clusterPermissions"):
        for i, entry in objects(csv, "spec", "install", "spec", kind):
            for j, rule in objects(entry, "rules"):
                groups, names, verbs = (set(strings(rule, key)) for key in ("apiGroups", "resources", "verbs"))
                if groups & {CRD_GROUP, "*"} and names & {CRD_RESOURCE, "*"} and verbs & {"create", "*"}:
                    yield Problem("create-crds", file, f"spec.install.spec.{kind}[{i}].rules[{j}]", show(rule),
                                  "no permission to create CRDs, which Operator Lifecycle Manager does")
