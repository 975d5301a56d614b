"""Reads a chart's values.yaml with its comments, and makes the table of values for people."""
import json
import re
from dataclasses import dataclass

import yaml

KEY = re.compile(r"^( *)([A-Za-z]+):(.*)$")


@dataclass
class Row:
    path: tuple      # ("configMap", "images")
    default: object  # as YAML reads it
    help: str        # the comment above it, as one paragraph


def _comments(text, file):
    """Path → the comment right above it. Two spaces a level, as everywhere in this repository."""
    found, path, comment = {}, [], []
    for number, line in enumerate(text.splitlines(), 1):
        key = KEY.match(line)
        if line.strip().startswith("#"):
            comment.append(line.strip().lstrip("#").strip())
            continue
        if key:
            path = [*path[:len(key[1]) // 2], key[2]]
            found[tuple(path)] = " ".join(comment)
        elif line.strip():
            raise ValueError(f"{file}, line {number}: {line.strip()!r}; expected a comment or `key:`")
        comment = []
    return found


def rows(text, file):
    """A row for each value that has a comment of its own, in the file's order. A map whose members have none is one
    value, and a map whose members have some is none."""
    values, comments = yaml.safe_load(text), _comments(text, file)

    def walk(value, path):
        members = [(*path, name) for name in value] if isinstance(value, dict) else []
        if any(comments[member] for member in members):
            for member in members:
                if not comments[member] and not isinstance(value[member[-1]], dict):
                    raise ValueError(f"{file}: {'.'.join(member)} has no comment above it")
                yield from walk(value[member[-1]], member)
        else:
            yield Row(path, value, comments[path])
    return list(walk(values, ()))


def _shown(default):
    if default is None or default == "":
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def markdown(found):
    lines = ["| value | default | what it is |", "|---|---|---|"]
    lines += [f"| `{'.'.join(row.path)}` | {_shown(row.default)} | {row.help} |" for row in found]
    return "\n".join(lines) + "\n"
