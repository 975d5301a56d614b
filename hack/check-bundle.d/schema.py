"""Judges what one document says by a JSON Schema. In the schemas of this folder `rule` is the id of the rule that a
value breaks, and `expected` its words for a message; both hold for what is inside, too, until that has its own."""
import functools
import pathlib

import jsonschema
import yaml

from formats import CHECKER
from problem import NOTHING, Problem, show

FOLDER = pathlib.Path(__file__).parent


@functools.lru_cache
def load(name):
    return yaml.safe_load((FOLDER / f"{name}.schema.yaml").read_text(encoding="utf-8"))


def field(path):
    """["spec", "icon", 0] → spec.icon[0]; keys that hold dots are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "." in part or "/" in part:
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text


def words(schema, path):
    """The rule and the expectation that hold at this place of the schema."""
    rule = expected = ""
    for part in [None, *path]:
        if part is not None:  # a key that is required need not have a schema
            schema = schema.get(part, {}) if isinstance(schema, dict) else schema[part]
        if isinstance(schema, dict) and isinstance(schema.get("rule"), str):
            rule = schema["rule"]
        if isinstance(schema, dict) and isinstance(schema.get("expected"), str):
            expected = schema["expected"]
    return rule, expected


def judge(file, document, schema, within=""):
    """The problems of a document; `within` names it where a file has several."""
    found = set()
    for error in jsonschema.Draft7Validator(schema, format_checker=CHECKER).iter_errors(document):
        place, where = list(error.absolute_path), list(error.absolute_schema_path)[:-1]
        if error.validator == "required":
            for key in error.validator_value:
                if key not in error.instance:
                    rule, expected = words(schema, [*where, "properties", key])
                    found.add(Problem(rule, file, within + field([*place, key]), NOTHING, expected))
        else:
            rule, expected = words(schema, where)
            found.add(Problem(rule, file, within + field(place), show(error.instance), expected))
    return sorted(found, key=lambda problem: (problem.field, problem.rule))
