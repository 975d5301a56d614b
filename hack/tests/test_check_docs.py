"""What hack/check-docs finds, and what it does not mind."""
import pytest

from scripts import load

check = load("check-docs")
pages = check.pages

PAGE = """\
# Title

Text with `make all` and [a link](other.md#a-heading).

## A heading: with `code`

```sh
# no heading
make demo
```

1. An item:

   ```yaml
   a:
     b: 1
   ```

<!-- not run: it takes a day -->
```sh
wait a day
```

| message | what it is |
|---|---|
| `cannot do it…` and `x` | of \\| another `thing that is no message` |
"""


def test_blocks_know_their_heading_language_line_and_why_no_test_runs_them():
    shell, data, long = pages.blocks(PAGE)
    assert (shell.heading, shell.language, shell.line, shell.not_run) == ("A heading: with `code`", "sh", 7, "")
    assert shell.text == "# no heading\nmake demo\n"
    assert data.text == "a:\n  b: 1\n", "without the item's indentation"
    assert long.not_run == "it takes a day"


def test_a_comment_in_code_is_no_heading():
    assert pages.anchors(PAGE) == {"title", "a-heading-with-code"}


def test_a_link_in_code_is_none():
    assert "[a](b)" not in pages.prose("`[a](b)`\n\n```\n[a](b)\n```\n")


RUN = {("page.md", "A heading: with `code`", "yaml")}
SHELL = ("page.md", "A heading: with `code`", "sh")


def test_a_block_that_no_test_runs_is_found():
    problem, = check.wrong_blocks({"page.md": PAGE}, RUN)
    assert problem.startswith("page.md:7: no test runs this sh")


def test_a_comment_that_says_not_run_of_what_a_test_runs_is_found():
    problem, = check.wrong_blocks({"page.md": PAGE}, RUN | {SHELL})
    assert problem.startswith("page.md:20: a test runs this")


def test_a_test_that_runs_what_is_not_there_is_found():
    text = PAGE.replace("```sh\n# no heading", "```\n# no heading")
    problem, = check.wrong_blocks({"page.md": text}, RUN | {("page.md", "Gone", "sh")})
    assert problem == "page.md: a test runs the sh below 'Gone', and there is none"


@pytest.mark.parametrize(("call", "found"), [
    ("reader.runs('page.md', 'Gone')", {("page.md", "Gone", "sh")}),
    ("Reader(a, b).writes('page.md', 'Gone', 'values.yaml')", {("page.md", "Gone", "yaml")}),
    ("reader.runs(page, 'Gone')", set()),
    ("other('page.md', 'Gone')", set())])
def test_what_tests_run_is_read_from_their_calls(call, found):
    assert check.blocks_that_tests_run([call]) == found


def test_a_message_that_the_program_does_not_have_is_found():
    known = list(check.texts_of_the_program(['log("cannot " \n "do it, as \\"x\\" is there"); f("other")']))
    assert list(check.wrong_messages(PAGE, known)) == []
    problem, = check.wrong_messages(PAGE.replace("cannot do", "can not do"), known)
    assert problem == "the program has no message 'can not do it…'"


def test_a_make_target_and_a_script_that_are_not_there_are_found():
    assert list(check.wrong_names("`make help` and `make nothing`, hack/check-docs and hack/nothing")) == [
        "there is no target for make nothing", "there is no hack/nothing"]


def test_links_to_no_page_and_to_no_heading_are_found():
    text = "[a](../README.md#install) [b](../README.md#nothing) [c](nothing.md) [d](https://example.org/x)"
    assert list(check.wrong_links("docs/page.md", text)) == [
        "the link ../README.md#nothing leads to no heading", "the link nothing.md leads nowhere"]


def test_what_is_between_marks_is_replaced_and_nothing_else():
    text = "a\n<!-- t: begin -->\nold\n<!-- t: end -->\nb\n"
    assert pages.put_between_marks(text, "t", "new\\1\n") == "a\n<!-- t: begin -->\nnew\\1\n<!-- t: end -->\nb\n"
    assert pages.between_marks(text, "other") is None
