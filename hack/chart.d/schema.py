"""values.schema.json: the values of a values.yaml, each with its rule."""
import json

import formats


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


def _differences(rows, known, file, rules):
    documented = {row.path for row in rows}
    yield from (f"{'.'.join(path)} is not in {file}" for path in sorted(known - documented))
    yield from (f"{'.'.join(path)} is neither a setting nor in {rules}" for path in sorted(documented - known))


def _section():
    return {"type": "object", "additionalProperties": False, "required": [], "properties": {}}


def text(rows, known, title, file, rules, lax=()):
    """Of these rows and of {path: schema}; file and rules are for messages: where they are from. What is in the `lax`
    sections and not known is let through, and so is what stands beside them."""
    wrong = list(_differences(rows, set(known), file, rules))
    if wrong:
        raise ValueError("; ".join(wrong))
    # Of Helm: what a chart that has this one as a part gives to all its parts, and whether it wants this one.
    whole = {"$schema": "http://json-schema.org/draft-07/schema#", "title": title,
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
    for section in (whole, *(whole["properties"][name] for name in lax)) if lax else ():
        del section["additionalProperties"]
    if ("configMap", "images") in known:
        whole["properties"]["configMap"].update(formats.STRICT_IMAGES)
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
