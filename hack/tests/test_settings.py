"""The service's table of settings (src/config/settings_table.cc) and the operator's resource name the same fields."""
import json

import yaml

from scripts import ROOT

# What an earlier operator made, to take over from: no settings.
TO_TAKE_OVER = {"configMapName", "deploymentName"}


def test_each_field_of_the_resource_is_a_setting_and_the_other_way_round():
    table = json.loads((ROOT / "src/config/testdata/settings.json").read_text(encoding="utf-8"))
    crd = yaml.safe_load((ROOT / "deploy/operator/crd.yaml").read_text(encoding="utf-8"))
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    fields = {row[kind] for row in table for kind in ("field", "structuredField")} - {""}
    assert fields == set(spec["properties"]) - TO_TAKE_OVER
