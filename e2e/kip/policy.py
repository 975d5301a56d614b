"""What a cluster's owner refuses in one namespace: by a ValidatingAdmissionPolicy, or by a quota. Both answer 403."""
import contextlib
import json

from kube import client
from kube.client import path_of
from kube.shell import kubectl
from kube.wait import wait_until

NOT_FROM_HERE = "elsewhere.invalid/team/tool:1"  # what an image of another registry looks like


def _policy(name, namespace, expression, words):
    version = "admissionregistration.k8s.io/v1"
    return [
        {"apiVersion": version, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": {
            "failurePolicy": "Fail",
            # Not DELETE: the policies that hurt are those that let go what they would not let in again.
            "matchConstraints": {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"],
                                                    "operations": ["CREATE", "UPDATE"], "resources": ["daemonsets"]}]},
            "validations": [{"expression": expression, "message": words, "reason": "Forbidden"}]}},
        {"apiVersion": version, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": {
            "policyName": name, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": {
                "matchLabels": {"kubernetes.io/metadata.name": namespace}}}}}]


def _refusal(namespace):
    """What the API server says to a DaemonSet with an image of another registry; "" if it would take it."""
    labels = {"app": "probe"}
    probe = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "probe"}, "spec": {
        "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
            "containers": [{"name": "probe", "image": NOT_FROM_HERE}]}}}}
    status, answer = client.current().request("POST", f"{path_of('daemonsets', namespace)}?dryRun=All", probe)
    return "" if status < 300 else answer["message"]


@contextlib.contextmanager
def policy(namespace, expression, words):
    """DaemonSets of this namespace for which the CEL expression does not hold are refused with these words."""
    kubectl("apply", "-f", "-", stdin=json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": _policy(namespace, namespace, expression, words)}))
    try:
        wait_until(lambda: words in _refusal(namespace), message="the policy to hold")
        yield
    finally:
        kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", namespace, "--wait=false")


@contextlib.contextmanager
def no_more_daemonsets(namespace):
    """A quota that has no room for a DaemonSet; those that are there stay."""
    kubectl("create", "quota", "none", "-n", namespace, "--hard=count/daemonsets.apps=0")
    try:
        wait_until(lambda: "used" in client.current().get(
            path_of("resourcequotas", namespace, "none")).get("status", {}), message="the quota")
        yield
    finally:
        kubectl("delete", "quota", "none", "-n", namespace)
