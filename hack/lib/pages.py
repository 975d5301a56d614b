"""The pages of the documentation: their headings, code blocks and tables."""
import re
from dataclasses import dataclass

HEADING = re.compile(r"^#+ +(.*?) *$")
FENCE = re.compile(r"^( *)```(\w*) *$")
NOT_RUN = re.compile(r"^ *<!-- not run: (.*) -->$")


@dataclass(frozen=True)
class Block:
    """A code block."""
    heading: str   # the nearest one above it; empty: none
    language: str  # empty: it names none, as what a program prints
    text: str      # without the fences, and without their indentation
    line: int      # of its first fence, from 1
    not_run: str   # why no test runs it, which a comment in the line above says; empty: no comment


def _lines(text):
    """(kind, match, number, line) of each line: `heading`, `open`, `close`, `code` or `text`."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            closes = line.strip() == "```"
            yield ("close" if closes else "code"), fence, number, line
            fence = None if closes else fence
        elif found := FENCE.match(line):
            fence = found
            yield "open", found, number, line
        elif found := HEADING.match(line):
            yield "heading", found, number, line
        else:
            yield "text", None, number, line


def headings(text):
    return [found[1] for kind, found, _, _ in _lines(text) if kind == "heading"]


def anchors(text):
    """The anchors that GitHub makes of headings."""
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings(text)}


def blocks(text):
    found, heading, before, code, line_of_fence, not_run = [], "", "", [], 0, ""
    for kind, match, number, line in _lines(text):
        if kind == "heading":
            heading = match[1]
        elif kind == "open":
            why = NOT_RUN.match(before)
            code, line_of_fence, not_run = [], number, why[1] if why else ""
        elif kind == "code":
            code.append(line.removeprefix(match[1]) + "\n")
        elif kind == "close":
            found.append(Block(heading, match[2], "".join(code), line_of_fence, not_run))
        before = line
    return found


def blocks_of(text, heading, language):
    """The blocks of this language below this heading, up to the next one."""
    return [block for block in blocks(text) if (block.heading, block.language) == (heading, language)]


def prose(text):
    """The text without code, be it a block or within a line."""
    outside = "\n".join(line for kind, _, _, line in _lines(text) if kind in ("text", "heading"))
    return re.sub(r"`[^`\n]+`", "", outside)


def code(text):
    """The code alone: blocks, and what stands within lines."""
    inside = [line for kind, _, _, line in _lines(text) if kind == "code"]
    outside = [line for kind, _, _, line in _lines(text) if kind in ("text", "heading")]
    return "\n".join(inside + [found for line in outside for found in re.findall(r"`([^`\n]+)`", line)])


def tables(text):
    """Each table of the page, as a list of rows, of which the first is the header; a row is a list of cells."""
    found, rows = [], []
    for kind, _, _, line in [*_lines(text), ("text", None, 0, "")]:
        if kind == "text" and line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
        elif rows:
            found.append(rows)
            rows = []
    return found


def _marked(name):
    return re.compile(rf"(<!-- {re.escape(name)}: begin -->\n)(.*?)(<!-- {re.escape(name)}: end -->)", re.S)


def between_marks(text, name):
    """What stands between the comments `NAME: begin` and `NAME: end`; None if they are not there."""
    found = _marked(name).search(text)
    return found[2] if found else None


def put_between_marks(text, name, content):
    return _marked(name).sub(lambda found: found[1] + content + found[3], text)
