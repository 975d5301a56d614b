"""The formats of the service's table of settings, as JSON schema of what a value may be: text as the variable takes it,
or plain YAML. A keyword of JSON schema counts only for values of its own type, so one schema says both, and a message
names just what is wrong."""
import re

import patterns as p

# --set x={} arrives as a list of one empty string, and means nothing.
_EMPTY_LIST = {"items": {"type": "string", "maxLength": 0}, "maxItems": 1}
_JSON_OBJECT = r"^\s*(?:\{[\s\S]*\}|null)?\s*$"
_JSON_ARRAY = r"^\s*(?:\[[\s\S]*\]|null)?\s*$"


def text(pattern):
    return {"type": ["string", "null"], "pattern": p.whole(pattern)}


def string_map(key, value=None):
    """Plain YAML only, as the chart's own values are. (A message on propertyNames would not say of which value.)"""
    return {"type": ["object", "null"], "additionalProperties": False, "patternProperties": {
        f"^(?:{key})$": {"type": "string", **({"pattern": value} if value else {})}}}


def _json_map(key, value=None):
    return {**string_map(key, value), "type": ["string", "object", "array", "null"], "pattern": _JSON_OBJECT,
            **_EMPTY_LIST}


def _number(pattern, **bounds):
    return {"type": ["string", "number", "null"], "pattern": p.whole(pattern), **bounds}


def _choice(words):
    return {"enum": [*words, "", None]}


def _nullable(**more):
    return {"type": ["string", "null"], **more}


_LABEL_VALUE = f"^(?:{p.NAME})?$"
# As config/tolerations.cc has it. A bare string is only the empty one of --set tolerations={}.
_TOLERATION = {
    "type": ["object", "string"], "maxLength": 0, "additionalProperties": False,
    "properties": {
        "key": _nullable(pattern=f"^(?:{p.QUALIFIED})?$"),
        "operator": {"enum": ["Exists", "Equal", "Lt", "Gt", "", None]},
        "value": _nullable(pattern=_LABEL_VALUE),
        "effect": {"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute", "", None]},
        "tolerationSeconds": {"type": ["integer", "null"]}},
    "if": {"required": ["operator"], "properties": {"operator": {"const": "Exists"}}},
    "then": {"properties": {"value": {"maxLength": 0}}},
    "else": {"required": ["key"], "properties": {"key": {"type": "string", "minLength": 1}}}}
_TAINT_SECONDS = {"if": {"required": ["tolerationSeconds"], "properties": {"tolerationSeconds": {"type": "integer"}}},
                  "then": {"required": ["effect"], "properties": {"effect": {"const": "NoExecute"}}}}
_CONTAINER = f"^{p.LABEL}$"
_TAKEN = "copy-sleep"  # the init container's name
_REFERENCE = {"type": "string", "pattern": rf"^\s*{p.REFERENCE}\s*$"}

_BY_FORMAT = {
    "name=image;name=image;": {
        "type": ["string", "object", "array", "null"], "pattern": rf"^\s*$|{p.IMAGES}",
        "properties": {_TAKEN: False}, "additionalProperties": False,
        "patternProperties": {_CONTAINER: {**_REFERENCE, "type": ["string", "null"]}},
        "items": {"type": ["object", "string"], "maxLength": 0, "required": ["name", "image"],
                  "properties": {"name": {"type": "string", "pattern": _CONTAINER, "not": {"const": _TAKEN}},
                                 "image": _REFERENCE}, "additionalProperties": False}},
    "true or false": {"enum": [True, False, "true", "false", "", None]},
    # From a second to ten years, as config/hours.cc has it.
    "hours, also 0.5": _number(p.HOURS, minimum=0.00027, maximum=87600),
    "DNS subdomain": text(p.SUBDOMAIN),
    "JSON of core/v1 Affinity": {"type": ["string", "object", "array", "null"], "pattern": _JSON_OBJECT, **_EMPTY_LIST},
    "JSON array of core/v1 Toleration": {
        "type": ["string", "array", "null"], "pattern": _JSON_ARRAY,
        "items": {**_TOLERATION, "allOf": [_TAINT_SECONDS]}},
    "name;prefix=name;": {"type": ["string", "array", "null"], "pattern": p.whole(p.SECRETS),
                          "items": {"type": "string", "pattern": p.whole(p.SECRET)}},
    # Text as the first parts of references; the service names what is wrong with an entry.
    "host:port;host:port;": {"type": ["string", "array", "null"], "pattern": p.whole(p.REGISTRIES),
                             "items": {"type": "string", "pattern": p.whole(p.REGISTRY)}},
    "image reference": text(p.REFERENCE),
    "path of a socket": text(p.SOCKET),
    "JSON array of strings": {"type": ["string", "array", "null"], "pattern": _JSON_ARRAY, "items": {"type": "string"}},
    "number from 1, or 1% to 100%": {"type": ["string", "integer", "null"], "pattern": p.whole(p.NODES), "minimum": 1,
                                     "maximum": 2147483647},
    # Lists with spaces between, which the service reads: it names the entry that is wrong.
    "names with spaces between, or *": {"type": ["string", "array", "null"], "items": {"type": "string"}},
    "names with spaces between": {"type": ["string", "array", "null"], "items": {"type": "string"}},
    "images, contains:, prefix: and regex: with spaces between": {"type": ["string", "array", "null"],
                                                                 "items": {"type": "string"}},
    "group/version/plural:path with spaces between": {"type": ["string", "array", "null"], "items": {"type": "string"}},
    "label selector": {"type": ["string", "null"]},
    "expression": {"type": ["string", "null"]},
    "duration, also 7d": text(r"[0-9]+d|(?:[0-9.]+(?:ns|us|µs|ms|s|m|h))+"),
    "duration": text(r"(?:[0-9.]+(?:ns|us|µs|ms|s|m|h))+|0"),
    "number of images, 1 to 700": {"type": ["string", "integer", "null"], "pattern": p.whole("[0-9]{1,3}"),
                                   "minimum": 1, "maximum": 700},
}
# Where variables of one format have rules of their own.
_BY_NAME = {
    "CACHING_MEMORY_REQUEST": _number(p.REQUEST, minimum=0),
    "CACHING_MEMORY_LIMIT": _number(p.LIMIT, exclusiveMinimum=0),
    "CACHING_CPU_REQUEST": _number(p.REQUEST, minimum=0),
    "CACHING_CPU_LIMIT": _number(p.LIMIT, exclusiveMinimum=0),
    "NODE_SELECTOR": _json_map(p.QUALIFIED, _LABEL_VALUE), "DAEMONSET_ANNOTATIONS": _json_map(p.ANNOTATION),
}
# One bad entry refuses all.
STRICT_IMAGES = {
    "if": {"required": ["imagesStrict"], "properties": {"imagesStrict": {"enum": [True, "true"]}}},
    "then": {"properties": {"images": {"pattern": p.STRICT_IMAGES}}}}


def of(variable, written):
    """The schema for a variable whose format the table describes so."""
    words = re.fullmatch(r"(\w+(?:, \w+)*) or (\w+)", written)
    found = _BY_NAME.get(variable) or _BY_FORMAT.get(written) or (words and _choice([*words[1].split(", "), words[2]]))
    if not found:
        raise ValueError(f"{variable}: no schema for the format {written!r}; expected one in hack/chart.d/formats.py")
    return found
