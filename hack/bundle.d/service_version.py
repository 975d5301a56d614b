"""The ClusterServiceVersion."""
import base64
import json

from crd import description
from descriptors import descriptors
from install import install

PACKAGE = "kubernetes-imagepuller-operator"


def name_of(version):
    return f"{PACKAGE}.v{version}"


def icon(sources):
    return {"base64data": base64.b64encode(sources.icon.encode()).decode(), "mediatype": "image/svg+xml"}


def owned(sources):
    """The entry of the CRD; what the base says of it comes first."""
    crd, version = sources.crd, sources.crd["spec"]["versions"][0]
    base = sources.base["spec"]["customresourcedefinitions"]["owned"][0]
    return {"name": crd["metadata"]["name"], "version": version["name"], "kind": crd["spec"]["names"]["kind"],
            "description": description(version["schema"]["openAPIV3Schema"]), **base, **descriptors(crd)}


def service_version(sources, image):
    base = sources.base
    without_comment = "".join(line for line in sources.example_text.splitlines(True) if not line.startswith("#"))
    return {
        "apiVersion": "operators.coreos.com/v1alpha1",
        "kind": "ClusterServiceVersion",
        "metadata": {
            "name": name_of(sources.version),
            "labels": base["metadata"]["labels"],
            "annotations": {
                **base["metadata"]["annotations"],
                "alm-examples": json.dumps([sources.example], indent=2),
                "containerImage": image,
                "operatorframework.io/suggested-namespace": sources.namespace}},
        "spec": {
            **base["spec"],
            "version": sources.version,
            "description": sources.description.replace("{example}", without_comment.rstrip()),
            "icon": [icon(sources)],
            "customresourcedefinitions": {"owned": [owned(sources)]},
            "install": install(sources, image),
            "relatedImages": [{"name": "kubernetes-image-puller", "image": image}]}}
