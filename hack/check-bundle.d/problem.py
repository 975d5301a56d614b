"""What a rule found wrong."""
import json
from dataclasses import dataclass

LONGEST = 70  # characters of a value that a message shows


@dataclass(frozen=True)
class Problem:
    rule: str
    file: str
    field: str
    found: str
    expected: str

    def __str__(self):
        place = f"{self.file}: {self.field}" if self.field else self.file
        return f"{self.rule}: {place}: found {self.found}, expected {self.expected}"


NOTHING = "nothing"


def show(value):
    """A value as a message has it."""
    if value is None:
        return NOTHING
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def dig(node, *path, of=dict):
    """What is at this path, or an empty value of that type if something else or nothing is there: what a shape should
    be is the schemas' to say, once."""
    for key in path:
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            return of()
    return node if isinstance(node, of) else of()


def strings(node, *path):
    """The strings of the list at this path."""
    return [item for item in dig(node, *path, of=list) if isinstance(item, str)]


def objects(node, *path):
    """The (position, object) pairs of the list at this path."""
    return [(i, item) for i, item in enumerate(dig(node, *path, of=list)) if isinstance(item, dict)]
