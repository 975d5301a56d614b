"""Judges the owned CRDs: that the bundle has them, that their examples are valid, that every field is described."""
import json

import jsonschema

from formats import CHECKER
from problem import NOTHING, Problem, dig, objects, show
from schema import field

EXAMPLES = 'metadata.annotations["alm-examples"]'
# Every object has these, whatever its CRD says.
COMMON = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}


def judge_crds(bundle):
    yield from schemas(bundle)
    yield from ownership(bundle)
    yield from examples(bundle)
    yield from descriptors(bundle)


def crd_name(crd):
    return dig(crd, "metadata", "name", of=str)


def schema_of(bundle, name, version):
    """The OpenAPI schema of this version of a CRD of the bundle, or None."""
    return next((found for _, _, crd, its, found in versions(bundle) if (crd, its) == (name, version)), None)


def versions(bundle):
    """(file, where its schema is, CRD's name, its own name, schema) of each version of each CRD."""
    for file, crd in bundle.of_kind("CustomResourceDefinition"):
        for i, version in objects(crd, "spec", "versions"):
            where = f"spec.versions[{i}].schema.openAPIV3Schema"
            yield file, where, crd_name(crd), version.get("name"), dig(version, "schema", "openAPIV3Schema")


def schemas(bundle):
    for file, where, _, _, found in versions(bundle):
        try:
            jsonschema.Draft7Validator.check_schema(strict(found))
        except jsonschema.SchemaError as error:
            yield Problem("crd-schema", file, f"{where}.{field(error.absolute_path)}", show(error.instance),
                          f"an OpenAPI schema: {error.message}")


def ownership(bundle):
    owned = [(where, entry.get("name"), entry.get("version")) for where, entry in bundle.owned()]
    for i, (where, name, version) in enumerate(owned):
        if (name, version) in [(n, v) for _, n, v in owned[:i]]:
            yield Problem("crd-owned-twice", bundle.csv_file, where, f"{name} {version} again", "each CRD once")
        if schema_of(bundle, name, version) is None:
            yield Problem("crd-in-bundle", bundle.csv_file, where, f"{name} {version}", "a CRD that is in manifests/")
    seen = {}
    for file, crd in bundle.of_kind("CustomResourceDefinition"):
        name = crd_name(crd)
        if name in seen:
            yield Problem("crd-twice", file, "metadata.name", show(name), f"a CRD that is not in {seen[name]}, too")
        seen.setdefault(name, file)
        for version in dig(crd, "spec", "versions", of=list):
            if dig(version, "served", of=bool) and (name, version.get("name")) not in [(n, v) for _, n, v in owned]:
                yield Problem("crd-owned", file, "spec.versions", f"{name} {version.get('name')}",
                              f"a version that {bundle.csv_file} owns")


def strict(schema):
    """An OpenAPI schema of a CRD as a JSON Schema: what the API server would drop in silence is refused. Rules in CEL
    are left to the API server."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    if found.get("x-kubernetes-int-or-string"):
        found["type"] = ["integer", "string"]
    if found.pop("nullable", False) and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    if isinstance(found.get("items"), dict):
        found["items"] = strict(found["items"])
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = strict(found["additionalProperties"])
    if "properties" in found:
        found["properties"] = {name: strict(inner) for name, inner in dig(found, "properties").items()}
        found.setdefault("additionalProperties", bool(found.get("x-kubernetes-preserve-unknown-fields")))
    return found


def examples(bundle):
    text = dig(bundle.csv, "metadata", "annotations", "alm-examples", of=str)
    if not text:
        return  # the CSV's schema says so
    try:
        found = json.loads(text)
        if not isinstance(found, list) or not all(isinstance(example, dict) for example in found):
            raise ValueError("not a list of objects")
    except ValueError as error:
        yield Problem("alm-examples-json", bundle.csv_file, EXAMPLES, str(error), "a JSON list of example objects")
        return
    for _, entry in bundle.owned():
        group = str(entry.get("name", "")).partition(".")[2]
        kind = (f"{group}/{entry.get('version')}", entry.get("kind"))
        mine = [(i, e) for i, e in enumerate(found) if (e.get("apiVersion"), e.get("kind")) == kind]
        if not mine:
            expected = f"an example of {' '.join(map(str, kind))}"
            yield Problem("alm-examples-kinds", bundle.csv_file, EXAMPLES, NOTHING, expected)
        schema = schema_of(bundle, entry.get("name"), entry.get("version"))
        if schema and not any(schemas(bundle)):
            for i, example in mine:
                yield from judge_example(bundle.csv_file, i, example, schema)


def judge_example(file, position, example, schema):
    whole = strict({**schema, "properties": {**dig(schema, "properties"), **COMMON}})
    for error in jsonschema.Draft7Validator(whole, format_checker=CHECKER).iter_errors(example):
        place = f"{EXAMPLES}[{position}].{field(error.absolute_path)}".rstrip(".")
        yield Problem("alm-examples-valid", file, place, show(error.instance), f"what the CRD allows: {error.message}")


def descriptors(bundle):
    for where, entry in bundle.owned():
        schema = schema_of(bundle, entry.get("name"), entry.get("version"))
        for part in ("spec", "status"):
            fields = dig(schema, "properties", part, "properties")
            listed = dig(entry, f"{part}Descriptors", of=list)
            paths = {dig(descriptor, "path", of=str).partition(".")[0].partition("[")[0] for descriptor in listed}
            for name in fields:
                if name not in paths:
                    yield Problem(f"{part}-descriptors", bundle.csv_file, f"{where}.{part}Descriptors", NOTHING,
                                  f"a descriptor of {part}.{name}")
            for i, descriptor in enumerate(listed):
                path = dig(descriptor, "path", of=str)
                if path and schema is not None and path.partition(".")[0].partition("[")[0] not in fields:
                    yield Problem("descriptor-path", bundle.csv_file, f"{where}.{part}Descriptors[{i}].path",
                                  show(path), f"a field of the CRD's {part}")
