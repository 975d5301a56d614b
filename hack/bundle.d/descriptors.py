"""The descriptors of a CRD's fields, by which OpenShift's console makes a form and a page."""
import re

from crd import description, fields, part

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
UI = "urn:alm:descriptor:com.tectonic.ui"
CONDITIONS = "urn:alm:descriptor:io.kubernetes.conditions"


def display_name(path):
    """imageList[].cachingCPULimit → Caching CPU limit."""
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in WORD.findall(path.split(".")[-1])]
    return " ".join([words[0][0].upper() + words[0][1:], *words[1:]])


def kinds(path, schema):
    """How the console shows a field, where its type alone does not say it."""
    if path == "conditions":
        return [CONDITIONS]
    return [f"{UI}:select:{value}" for value in schema.get("enum", []) if value]


def descriptor(path, schema):
    if not description(schema):
        raise ValueError(f"deploy/operator/crd.yaml: {path} has no description, and its descriptor needs one")
    found = {"path": path.replace("[]", "[0]"), "displayName": display_name(path), "description": description(schema)}
    return {**found, "x-descriptors": kinds(path, schema)} if kinds(path, schema) else found


def descriptors(crd):
    """specDescriptors and statusDescriptors. What is inside of the status' lists is shown with the list."""
    spec, status = fields(part(crd, "spec")), fields(part(crd, "status"))
    return {"specDescriptors": [descriptor(*field) for field in spec],
            "statusDescriptors": [descriptor(path, schema) for path, schema in status if "[]" not in path]}
