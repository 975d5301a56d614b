"""OpenShift is known by its API group, and gives UIDs and GIDs itself."""
import json

import pytest

from kip.images import as_setting, new_reference
from kip.shell import kubectl
from kip.wait import wait_until

GROUP = "route.openshift.io"
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
       "metadata": {"name": f"routes.{GROUP}"},
       "spec": {"group": GROUP, "scope": "Namespaced",
                "names": {"plural": "routes", "singular": "route", "kind": "Route", "listKind": "RouteList"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                    "type": "object"}}}]}}


def is_served():
    return kubectl("get", "--raw", f"/apis/{GROUP}", check=False).returncode == 0


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


def test_on_openshift_uids_and_gids_are_left_to_its_security_context_constraints(ns, openshift):
    ns.install({"images": as_setting({"one": new_reference()})})
    assert ids(ns.wait_for_daemonset()) == {}
    ns.wait_for_log("this is OpenShift")


def test_on_plain_kubernetes_the_pods_run_as_an_unprivileged_user(ns):
    ns.install({"images": as_setting({"one": new_reference()})})
    assert ids(ns.wait_for_daemonset()) == {"runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532}
