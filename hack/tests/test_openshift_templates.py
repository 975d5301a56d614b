"""The templates of deploy/openshift: what they promise to those who come from the Go version, and that they say the
same as the Helm chart, of which deploy/manifests/install.yaml is made."""
import re

import pytest
import yaml

from scripts import ROOT, load

TOOL = load("process-template")
# Parameter → default, of the Go version. None: any.
PROMISED = {
    "serviceaccount": {"SERVICEACCOUNT_NAME": "k8s-image-puller"},
    "configmap": {
        "IMAGES": None, "DAEMONSET_NAME": "kubernetes-image-puller", "DEPLOYMENT_NAME": "kubernetes-image-puller",
        "CACHING_INTERVAL_HOURS": "1", "CACHING_MEMORY_REQUEST": "10Mi", "CACHING_MEMORY_LIMIT": "20Mi",
        "CACHING_CPU_REQUEST": ".05", "CACHING_CPU_LIMIT": ".2", "NAMESPACE": "k8s-image-puller",
        "NODE_SELECTOR": "{}", "IMAGE_PULL_SECRETS": "", "AFFINITY": "{}", "TOLERATIONS": "[]", "KIP_IMAGE": None},
    "app": {
        "DEPLOYMENT_NAME": "kubernetes-image-puller", "SERVICEACCOUNT_NAME": "k8s-image-puller",
        "IMAGE": "quay.io/eclipse/kubernetes-image-puller", "IMAGE_TAG": "next", "PRIORITY_CLASS_NAME": "",
        "DEPLOYMENT_CPU_REQUEST": "50m", "DEPLOYMENT_MEMORY_REQUEST": "64Mi", "DEPLOYMENT_CPU_LIMIT": "200m",
        "DEPLOYMENT_MEMORY_LIMIT": "256Mi"},
}

# What is root on nodes with CACHE_MODE=agent, which taint is taken off them, and to whom the credentials for NATS are
# shown is not for an editor of the ConfigMap to say.
OF_THE_DEPLOYMENT = {"AGENT_IMAGE", "RUNTIME_SOCKET", "NODE_GATE_TAINT", "NODE_GATE_IMAGES", "NODE_GATE_DEADLINE",
                     "NATS_ADDR", "NATS_SUBJECT", "NATS_FORGET_AFTER", "NATS_MAX_IMAGES"}


def template(name):
    path = ROOT / f"deploy/openshift/{name}.yaml"
    return TOOL.read(str(path), path.read_text(encoding="utf-8"))


def objects(name, **parameters):
    """kind → object."""
    return {item["kind"]: item for item in TOOL.process(template(name), parameters)["items"]}


def manifests():
    text = (ROOT / "deploy/manifests/install.yaml").read_text(encoding="utf-8")
    return {found["kind"]: found for found in yaml.safe_load_all(text)}


@pytest.mark.parametrize("name", PROMISED)
def test_parameters_and_defaults_are_those_of_the_go_version(name):
    found = {p["name"]: p.get("value", "") for p in template(name)["parameters"]}
    for parameter, default in PROMISED[name].items():
        assert parameter in found
        assert default is None or found[parameter] == default, parameter


@pytest.mark.parametrize("name", PROMISED)
def test_each_parameter_says_what_it_is_and_reaches_an_object(name):
    source = (ROOT / f"deploy/openshift/{name}.yaml").read_text(encoding="utf-8")
    for parameter in template(name)["parameters"]:
        assert parameter["description"], parameter["name"]
        assert f"${{{parameter['name']}}}" in source, parameter["name"]


def test_every_setting_of_the_service_can_be_given():
    table = (ROOT / "src/config/testdata/settings.md").read_text(encoding="utf-8")
    settings = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.M)) - {"KUBECONFIG"}  # a pod has its own account
    assert set(objects("configmap")["ConfigMap"]["data"]) == settings - OF_THE_DEPLOYMENT
    container, = objects("app", RUNTIME_SOCKET="/run/x/y.sock")["Deployment"]["spec"]["template"]["spec"]["containers"]
    given = {variable["name"]: variable["value"] for variable in container["env"]}
    assert set(given) > OF_THE_DEPLOYMENT and given["RUNTIME_SOCKET"] == "/run/x/y.sock"


def test_no_reference_is_left_over():
    for name in PROMISED:
        assert "${" not in str(objects(name))


def test_a_deployment_of_another_name_is_selected_as_in_existing_installs():
    deployment = objects("app", DEPLOYMENT_NAME="my.puller")["Deployment"]
    assert deployment["metadata"]["name"] == "my.puller"
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": "kubernetes-image-puller"}
    assert deployment["spec"]["template"]["metadata"]["labels"] == {"app": "kubernetes-image-puller"}
    assert deployment["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] == "my.puller"


def test_the_role_is_that_of_the_chart():
    assert objects("serviceaccount")["Role"]["rules"] == manifests()["Role"]["rules"]


def test_the_deployment_is_that_of_the_chart():
    ours, chart = objects("app")["Deployment"]["spec"], manifests()["Deployment"]["spec"]
    pod = ours["template"]["spec"]
    assert pod.pop("priorityClassName") == ""
    given, = pod["containers"]  # empty is as unset, which the chart leaves out
    given["env"] = [variable for variable in given["env"] if variable["name"] not in OF_THE_DEPLOYMENT]
    # Credentials for NATS, which may be missing; the chart mounts them where they are asked for.
    for within, key in ((given, "volumeMounts"), (pod, "volumes")):
        assert {each["name"] for each in within.pop(key)} == {"nats", "nats-ca"}
    container = chart["template"]["spec"]["containers"][0]
    container["env"] = [variable for variable in container["env"] if variable["name"] != "KIP_IMAGE"]
    assert ours == chart
