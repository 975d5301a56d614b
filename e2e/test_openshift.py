"""OpenShift is known by its API group, and gives UIDs and GIDs itself."""
import json
import os

import pytest

from kip.docs import Reader
from kip.goversion import openshift_objects
from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME
from kube import client
from kube.shell import ROOT, kubectl, run
from kube.wait import wait_until

GROUP = "route.openshift.io"
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
       "metadata": {"name": f"routes.{GROUP}"},
       "spec": {"group": GROUP, "scope": "Namespaced",
                "names": {"plural": "routes", "singular": "route", "kind": "Route", "listKind": "RouteList"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                    "type": "object"}}}]}}


def is_served():
    return client.current().get(f"/apis/{GROUP}") is not None


@pytest.fixture
def openshift():
    """Makes the API server look like OpenShift's."""
    kubectl("apply", "-f", "-", stdin=json.dumps(CRD))
    wait_until(is_served, message="the API group")
    yield
    kubectl("delete", "crd", CRD["metadata"]["name"])
    wait_until(lambda: not is_served(), message="the API group's end")


def ids(daemonset):
    """The UIDs and GIDs that a DaemonSet's pods ask for."""
    spec = daemonset["spec"]["template"]["spec"]
    contexts = [c["securityContext"] for c in [*spec["initContainers"], *spec["containers"]]]
    return {key: context[key] for context in [spec["securityContext"], *contexts]
            for key in ("runAsUser", "runAsGroup", "fsGroup") if key in context}


@pytest.mark.alone
def test_on_openshift_uids_and_gids_are_left_to_its_security_context_constraints(ns, openshift):
    ns.install({"images": as_setting({"one": new_reference()})})
    assert ids(ns.wait_for_daemonset()) == {}
    ns.wait_for_log("this is OpenShift")


def test_on_plain_kubernetes_the_pods_run_as_an_unprivileged_user(ns):
    ns.install({"images": as_setting({"one": new_reference()})})
    assert ids(ns.wait_for_daemonset()) == {"runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532}


def process(template, **parameters):
    """What `oc process` makes of a template, as JSON."""
    words = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
    return run(ROOT / "hack/process-template", "-f", ROOT / f"deploy/openshift/{template}.yaml", *words)


@pytest.mark.alone
def test_the_oc_commands_of_the_page_put_the_image_on_every_node(ns, nodes, openshift, tmp_path):
    tools = new_reference("tools")
    make_image(tools, user="65532")  # in place of the UID that OpenShift would give

    Reader(ns.name, tmp_path, tools).runs("docs/install.md", "OpenShift")

    ns.wait_until_ready(nodes, {"tools": tools})
    assert ids(ns.daemonset()) == {}
    puller = ns.deployment()["spec"]["template"]["spec"]
    for context in [puller["securityContext"], puller["containers"][0]["securityContext"]]:
        assert context and not {"runAsUser", "runAsGroup", "fsGroup"} & set(context)
    said = ns.puller_logs()
    assert "this is OpenShift" in said
    assert "level=error" not in said and "level=warning" not in said, said


def test_the_templates_are_applied_over_those_of_the_go_version(ns, nodes):
    """Also where the Deployment got a name of its own: what cannot be changed on it must not differ."""
    name, one = "my-puller", new_reference()
    make_image(one)
    image, _, tag = os.environ["KIP_E2E_IMAGE"].rpartition(":")
    ns.apply(*openshift_objects(name, f"{image}:{tag}"))
    before = ns.get("deployments", name)

    for text in [process("serviceaccount"),
                 process("configmap", DEPLOYMENT_NAME=name, IMAGES=f"one={one};", NAMESPACE=ns.name,
                         CACHING_CPU_REQUEST=".001", CACHING_MEMORY_REQUEST="1Mi"),
                 process("app", DEPLOYMENT_NAME=name, IMAGE=image, IMAGE_TAG=tag)]:
        ns.kubectl("apply", "-f", "-", stdin=text)

    ns.wait_until_ready(nodes, {"one": one})
    after = ns.get("deployments", name)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert ns.daemonset()["metadata"]["ownerReferences"][0]["uid"] == after["metadata"]["uid"]
    assert ns.daemonset()["metadata"]["name"] == NAME


def test_the_api_server_takes_the_templates_with_every_parameter_given(ns):
    given = {
        "serviceaccount": {"SERVICEACCOUNT_NAME": "my-account"},
        "configmap": {"IMAGES": "a=b:1;", "DAEMONSET_NAME": "d", "DEPLOYMENT_NAME": "e", "NAMESPACE": ns.name,
                      "CACHING_INTERVAL_HOURS": "0.5", "CACHING_MEMORY_REQUEST": "1Mi", "CACHING_MEMORY_LIMIT": "2Mi",
                      "CACHING_CPU_REQUEST": "1m", "CACHING_CPU_LIMIT": "2m", "NODE_SELECTOR": '{"a": "b"}',
                      "IMAGE_PULL_SECRETS": "s;", "AFFINITY": '{"nodeAffinity": {}}',
                      "TOLERATIONS": '[{"operator": "Exists"}]', "KIP_IMAGE": "k:1"},
        "app": {"DEPLOYMENT_NAME": "e", "SERVICEACCOUNT_NAME": "my-account", "IMAGE": "registry.example/p",
                "IMAGE_TAG": "1", "PRIORITY_CLASS_NAME": "system-cluster-critical", "DEPLOYMENT_CPU_REQUEST": "1m",
                "DEPLOYMENT_MEMORY_REQUEST": "2Mi", "DEPLOYMENT_CPU_LIMIT": "3m", "DEPLOYMENT_MEMORY_LIMIT": "4Mi"}}

    taken = {}
    for template, parameters in given.items():
        answer = json.loads(ns.kubectl("apply", "--dry-run=server", "-o", "json", "-f", "-",
                                       stdin=process(template, **parameters)))
        taken.update({found["kind"]: found for found in answer.get("items", [answer])})

    assert taken["ServiceAccount"]["metadata"]["name"] == "my-account"
    assert taken["RoleBinding"]["subjects"] == [{"kind": "ServiceAccount", "name": "my-account"}]
    assert given["configmap"].items() <= taken["ConfigMap"]["data"].items()
    deployment = taken["Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    assert deployment["metadata"]["name"] == "e"
    assert (pod["serviceAccountName"], pod["priorityClassName"]) == ("my-account", "system-cluster-critical")
    assert pod["containers"][0]["image"] == "registry.example/p:1"
    assert pod["containers"][0]["resources"] == {"requests": {"cpu": "1m", "memory": "2Mi"},
                                                 "limits": {"cpu": "3m", "memory": "4Mi"}}
