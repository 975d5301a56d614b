"""values.schema.json: the values of values.yaml, with the rules of the settings table and of values.py."""
import json

import formats
import values


def settings(table):
    """Path of the value → its schema, from the table that the service writes. The chart's templates find the value by
    the variable's name."""
    found = {}
    for row in json.loads(table):
        if not row["chartValue"]:
            continue  # set by the chart itself, or not for a pod
        first, *rest = row["variable"].split("_")
        expected = "configMap." + first.lower() + "".join(map(str.capitalize, rest))
        if row["chartValue"] != expected:
            raise ValueError(f"{row['variable']}: the table has the value {row['chartValue']}; expected {expected}")
        found[tuple(expected.split("."))] = formats.of(row["variable"], row["format"])
    return found


def _differences(rows, known):
    documented = {row.path for row in rows}
    yield from (f"{'.'.join(path)} is not in deploy/helm/values.yaml" for path in sorted(known - documented))
    yield from (f"{'.'.join(path)} is neither a setting nor in hack/chart.d/values.py"
                for path in sorted(documented - known))


def _section():
    return {"type": "object", "additionalProperties": False, "required": [], "properties": {}}


def text(rows, of_settings):
    known = {**values.SCHEMA, **of_settings}
    wrong = list(_differences(rows, set(known)))
    if wrong:
        raise ValueError("; ".join(wrong))
    # Of Helm: what a chart that has this one as a part gives to all its parts, and whether it wants this one.
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "kubernetes-image-puller",
             **_section(), "properties": {"global": {"type": "object"}, "enabled": {"type": "boolean"}}}
    for row in rows:
        place = whole
        for name in row.path[:-1]:
            place = place["properties"].setdefault(name, _section())
        of_value = known[row.path]
        place["properties"][row.path[-1]] = {"description": row.help, **of_value}
        if "null" not in of_value.get("type", ["null"]):
            place["required"].append(row.path[-1])
    whole["required"] += [name for name, member in whole["properties"].items() if member.get("required")]
    whole["properties"]["configMap"].update(formats.STRICT_IMAGES)
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
