"""hack/check-bundle: a small good bundle passes, and for each rule a change to it that breaks the rule is reported."""
import os
import pathlib
import re
import shutil

import jsonpatch
import pytest
import yaml

from scripts import HACK, load, run

TOOL = load("check-bundle")
from kubeyaml import Loader  # the tool has put it where Python looks

HERE = pathlib.Path(__file__).parent / "bundle"
FILES = {"csv": "bundle/manifests/kubernetes-imagepuller-operator.v0.2.0.clusterserviceversion.yaml",
         "crd": "bundle/manifests/crd.yaml", "annotations": "bundle/metadata/annotations.yaml",
         "scorecard": "bundle/tests/scorecard/config.yaml", "catalog": "catalog.yaml"}
CASES = [pytest.param(rule, case, id=rule) for path in sorted((HERE / "bad").glob("*.yaml"))
         for rule, case in yaml.load(path.read_text(encoding="utf-8"), Loader).items()]


def problems(folder):
    return TOOL.check(folder / "bundle", catalog=folder / "catalog.yaml")


def write(path, documents):
    path.write_text(yaml.dump_all(documents, Dumper=yaml.CSafeDumper), encoding="utf-8")


def change(folder, case):
    """Makes a case's changes to a copy of the good bundle."""
    for name, path in FILES.items():
        if name in case:
            documents = list(yaml.load_all((folder / path).read_text(encoding="utf-8"), Loader))
            whole = documents if name == "catalog" else documents[0]
            changed = jsonpatch.apply_patch(whole, case[name])
            write(folder / path, changed if name == "catalog" else [changed])
    for path, text in case.get("write", {}).items():
        (folder / path).write_text(text, encoding="utf-8")
    for path, (old, new) in case.get("replace", {}).items():
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new), encoding="utf-8")
    for path, size in case.get("random", {}).items():
        (folder / path).write_bytes(os.urandom(size))
    for path, copy in case.get("copy", {}).items():
        shutil.copy(folder / path, folder / copy)
    for name, path in case.get("rename", {}).items():
        (folder / FILES[name]).rename(folder / path)
    if "remove" in case:
        (folder / case["remove"]).unlink()


@pytest.fixture
def good(tmp_path):
    return pathlib.Path(shutil.copytree(HERE / "good", tmp_path / "good"))


def test_the_good_bundle_passes(good):
    assert problems(good) == []


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_rule(good, rule, case):
    change(good, case)
    found = problems(good)
    assert case["says"] in "\n".join(str(p) for p in found if p.rule == rule), "\n".join(map(str, found))
    assert {problem.rule for problem in found} == {rule, *case.get("also", [])}, "\n".join(map(str, found))


def test_every_rule_has_a_case():
    rules = {rule for pattern, names in ((r"\brule: ([a-z-]+)", "*.yaml"), (r'Problem\("([a-z-]+)"', "*.py"))
             for path in (HACK / "check-bundle.d").glob(names)
             for rule in re.findall(pattern, path.read_text(encoding="utf-8"))}
    assert len(rules) > 50
    assert rules - {case.values[0] for case in CASES} == set()


def test_nothing_of_a_broken_bundle_stops_the_checker(good):
    """Every node of each file, replaced by what it should not be."""
    for path in FILES.values():
        text = (good / path).read_text(encoding="utf-8")
        documents = list(yaml.load_all(text, Loader))
        for pointer in pointers(documents):
            for wrong in (7, [7], {"x": [7]}):
                patch = jsonpatch.JsonPatch([{"op": "replace", "path": pointer, "value": wrong}])
                changed = patch.apply(documents)
                write(good / path, changed)
                problems(good)
        (good / path).write_text(text, encoding="utf-8")


def pointers(node, at=""):
    """JSON pointers to all that is in there."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        path = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield path
        yield from pointers(value, path)


def test_the_command_says_each_problem_in_a_line_and_exits_1(good):
    change(good, {"csv": [{"op": "remove", "path": "/spec/keywords"}, {"op": "remove", "path": "/spec/provider"}]})
    done = run("check-bundle", good / "bundle", "--catalog", good / "catalog.yaml")
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["csv-keywords", "csv-provider"]
    assert run("check-bundle", HERE / "good/bundle").returncode == 0


def test_a_folder_that_is_not_there_is_a_wrong_call(tmp_path):
    done = run("check-bundle", tmp_path / "none")
    assert done.returncode == 2 and "none is no folder" in done.stderr
