"""The fields of a CustomResourceDefinition's schema."""


def fields(schema, at=""):
    """(path, schema) of each field below this one, depth first; `[]` stands for each item of a list."""
    for name, inner in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path, inner
        yield from fields(inner, path)
        yield from fields(inner.get("items", {}), f"{path}[]")


def part(crd, name):
    """The schema of spec or status, in the first version."""
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][name]


def description(schema):
    """As one line."""
    return " ".join(schema.get("description", "").split())
