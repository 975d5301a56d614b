"""hack/process-template against its golden cases: one file in process-template/ for each rule of `oc process`."""
import json
import pathlib
import re

import pytest
import yaml

from scripts import ROOT, load, run

TOOL = load("process-template")
CASES = [pytest.param(case, id=f"{path.stem}: {case['name']}")
         for path in sorted((pathlib.Path(__file__).parent / "process-template").glob("*.yaml"))
         for case in yaml.load(path.read_text(encoding="utf-8"), TOOL.Loader)]


@pytest.mark.parametrize("case", CASES)
def test_rule(case):
    source = yaml.safe_dump({"kind": "Template", "apiVersion": "template.openshift.io/v1", **case["template"]})

    def found():
        return TOOL.process(TOOL.read("the-file", source), TOOL.given(case.get("parameters", [])))

    if "error" in case:
        with pytest.raises(TOOL.Wrong) as error:
            found()
        assert case["error"] in str(error.value)
    elif "pattern" in case:
        first, second = found()["items"][0]["a"], found()["items"][0]["a"]
        assert re.fullmatch(case["pattern"], first) and first != second
    else:
        assert found() == {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": case["items"]}


def test_what_is_not_a_template_is_refused_by_its_file_and_kind():
    for text, kind in [("kind: List", "'List'"), ("[]", "'list'"), ("", "'NoneType'")]:
        done = run("process-template", "-f", "-", stdin=text)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"kind is {kind}, expected 'Template'" in done.stderr


def test_a_file_that_is_not_there_is_named():
    done = run("process-template", "-f", "no-such-file")
    assert done.returncode == 1 and "no-such-file" in done.stderr and "Traceback" not in done.stderr


def test_json_and_yaml_say_the_same():
    args = ["-f", ROOT / "deploy/openshift/configmap.yaml", "-p", "IMAGES=a=b:1;", "-p", 'NODE_SELECTOR={"a":"b"}']
    as_json = json.loads(run("process-template", *args).stdout)
    assert as_json == yaml.safe_load(run("process-template", *args, "-o", "yaml").stdout)
    assert as_json["items"][0]["data"]["NODE_SELECTOR"] == '{"a":"b"}'
