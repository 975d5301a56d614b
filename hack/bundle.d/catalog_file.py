"""The file-based catalog: this version's bundle at the head of the channel, and those that it comes after.

Earlier bundles are read from the catalog as it stands. Those stay that `spec.replaces` leads to, so a version that
was never published is left out by not naming it."""
from service_version import PACKAGE, icon, name_of

CHANNEL = "stable"
# What opm copies from a CSV into the catalog, for who lists packages; and of an owned CRD.
METADATA = ["description", "displayName", "installModes", "keywords", "links", "maintainers", "maturity",
            "minKubeVersion", "provider"]
OF_CRD = ["name", "version", "kind", "displayName", "description"]


def bundle_image(image, version):
    """registry/name:tag of the operator → that of its bundle, beside it."""
    return f"{image.rpartition('/')[0]}/{PACKAGE}-bundle:{version}"


def bundle(sources, csv, image):
    crd, place = sources.crd["spec"], bundle_image(image, sources.version)
    owned = [{key: found[key] for key in OF_CRD} for found in csv["spec"]["customresourcedefinitions"]["owned"]]
    metadata = {"annotations": csv["metadata"]["annotations"], "labels": csv["metadata"]["labels"],
                "apiServiceDefinitions": {}, "crdDescriptions": {"owned": owned},
                **{key: csv["spec"][key] for key in METADATA}}
    kind = {"group": crd["group"], "kind": crd["names"]["kind"], "version": crd["versions"][0]["name"]}
    properties = {"olm.gvk": kind,
                  "olm.package": {"packageName": PACKAGE, "version": sources.version}, "olm.csv.metadata": metadata}
    return {"schema": "olm.bundle", "name": csv["metadata"]["name"], "package": PACKAGE, "image": place,
            "properties": [{"type": kind, "value": value} for kind, value in properties.items()],
            "relatedImages": [{"name": "", "image": place}, *csv["spec"]["relatedImages"]]}


def earlier(sources):
    """The channel's entries and the bundles before this version, the oldest first."""
    entries = {entry["name"]: entry for found in sources.catalog if found["schema"] == "olm.channel"
               for entry in found["entries"]}
    bundles = {found["name"]: found for found in sources.catalog if found["schema"] == "olm.bundle"}
    kept, name = [], sources.base["spec"].get("replaces")
    while name:
        if name not in entries or name not in bundles or name == name_of(sources.version):
            raise ValueError(f"olm/csv.yaml: spec.replaces leads to {name}; expected an earlier bundle of "
                             f"catalog/catalog.yaml, which has {', '.join(bundles) or 'none'}")
        kept.insert(0, (entries.pop(name), bundles[name]))
        name = kept[0][0].get("replaces")
    return kept


def catalog(sources, csv, image):
    kept, replaces = earlier(sources), csv["spec"].get("replaces")
    entry = {"name": csv["metadata"]["name"], **({"replaces": replaces} if replaces else {})}
    return [{"schema": "olm.package", "name": PACKAGE, "defaultChannel": CHANNEL, "icon": icon(sources),
             "description": csv["metadata"]["annotations"]["description"]},
            {"schema": "olm.channel", "name": CHANNEL, "package": PACKAGE,
             "entries": [*(before for before, _ in kept), entry]},
            *(found for _, found in kept), bundle(sources, csv, image)]
