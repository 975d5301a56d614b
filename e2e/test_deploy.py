"""`deploy`, the generator for those who come from image-prefetcher: what it prints is taken by the API server, and the
policy in it keeps each pod's token to the labels of its own node."""
import json
import os

import pytest
import yaml

from kip import BINARY
from kip.docs import Reader
from kube import client
from kube.client import MERGE_PATCH, path_of
from kube.shell import kubectl, run
from kube.wait import wait_until

LABELS = "image-prefetcher.stackrox.io/"
OF_THE_CLUSTER = {"ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
METRICS = {"Deployment", "Service"}
OCP = {"Role", "RoleBinding"}
ALWAYS = {"ServiceAccount", "DaemonSet"}


def deploy(*args):
    """The finished process."""
    return run(BINARY, "deploy", *args, env={"PATH": os.environ["PATH"]}, check=False)


def printed(*args):
    done = deploy(*args)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("args", "kinds"), [
    (["{name}"], ALWAYS | OF_THE_CLUSTER),
    (["--collect-metrics", "{name}"], ALWAYS | OF_THE_CLUSTER | METRICS),
    (["-namespace={namespace}", "-secret", "s", "-collect-metrics=true", "--metrics-service-type=LoadBalancer",
      "--image", "registry.example:5000/agent:1", "--parallelism", "8", "--best-effort", "--pin", "{name}"],
     ALWAYS | OF_THE_CLUSTER | METRICS),
    (["--no-node-labels", "{name}"], ALWAYS),
    (["--use-kubelet-image-credential-integration=GKE", "{name}"], ALWAYS | OF_THE_CLUSTER),
    (["--no-node-labels", "{name}", "v0.1.0", "vanilla", "s"], ALWAYS),
    (["--collect-metrics", "{name}", "v0.1.0", "ocp"], ALWAYS | OF_THE_CLUSTER | METRICS | OCP),
    (["--namespace", "{namespace}", "--k8s-flavor", "ocp", "--use-kubelet-image-credential-integration", "OCP-ECR",
      "{name}"], ALWAYS | OF_THE_CLUSTER | OCP),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_what_deploy_prints_is_accepted_by_the_api_server(lax_ns, args, kinds):
    text = printed(*(arg.format(name=lax_ns.name, namespace=lax_ns.name) for arg in args))

    taken = json.loads(lax_ns.kubectl("apply", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-",
                                      stdin=text))["items"]

    assert {found["kind"] for found in taken} == kinds and len(taken) == len(kinds)
    for found in taken:
        of_the_cluster = found["kind"] in OF_THE_CLUSTER
        assert found["metadata"].get("namespace") == (None if of_the_cluster else lax_ns.name), found["kind"]


def test_arguments_that_are_wrong_end_as_scripts_expect_of_image_prefetcher():
    for args, code, words in [([], 1, "NAME"), (["--secret=s"], 1, "NAME"), (["--what", "n"], 2, '"--what"'),
                              (["--k8s-flavor", "aks", "n"], 2, "vanilla or ocp"), (["n", "--secret=s"], 2, "before"),
                              (["n", "v1"], 2, "NAME VERSION"), (["A_B"], 2, "DNS label")]:
        done = deploy(*args)
        assert (done.returncode, done.stdout) == (code, ""), args
        assert words in done.stderr, done.stderr
    helped = deploy("-h")
    assert helped.returncode == 0 and "--k8s-flavor vanilla|ocp" in helped.stdout


def test_without_a_namespace_it_says_where_nodes_are_labelled():
    assert "namespace default" in deploy("n").stderr
    assert deploy("--namespace=x", "n").stderr == ""
    assert deploy("--no-node-labels", "n").stderr == ""


class Labeler:
    """An instance's ServiceAccount with its rights and their policy, and a pod of it on a node."""

    def __init__(self, namespace, node):
        self.namespace, self.node = namespace, node
        self.name = namespace.name  # the cluster has one of that name
        objects = [found for found in yaml.safe_load_all(printed("--namespace", namespace.name, self.name))
                   if found["kind"] != "DaemonSet"]
        self.objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        kubectl("apply", "-f", "-", stdin=self.objects)
        # It only has to be there, not to run.
        wait_until(lambda: namespace.get("serviceaccounts", self.name), message="the account")
        namespace.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {
            "serviceAccountName": self.name, "nodeName": node,
            "containers": [{"name": "none", "image": "elsewhere.invalid/none:1"}]}})
        self.bound = self.with_token("--bound-object-kind", "Pod", "--bound-object-name", "one")

    def remove(self):
        kubectl("delete", "--ignore-not-found", "-f", "-", stdin=self.objects)

    def with_token(self, *args):
        token = self.namespace.kubectl("create", "token", self.name, *args).strip()
        return client.current().with_token(token)

    def put_label(self, node, value):
        """The status of an update of the whole node; 409 if it changed since it was read."""
        path = path_of("nodes", name=node)
        found = self.bound.get(path)
        found["metadata"]["labels"][LABELS + self.name] = value
        status, said = self.bound.request("PUT", path, found)
        assert status in (200, 409), said
        return status

    def policy(self):
        return json.loads(kubectl("get", "validatingadmissionpolicy", f"{self.name}-node-labeler", "-o", "json"))


@pytest.fixture
def labeler(lax_ns, nodes):
    found = Labeler(lax_ns, nodes[0])
    try:
        yield found
    finally:
        found.remove()
        for node in nodes:
            client.current().patch(path_of("nodes", name=node), {"metadata": {"labels": {LABELS + found.name: None}}})


def answer(who, node, patch, content_type=MERGE_PATCH, query=""):
    """The words of a refusal; "" of a patch that was taken."""
    status, said = who.request("PATCH", path_of("nodes", name=node) + query, patch, content_type)
    assert status in (200, 403), said
    return said["message"] if status == 403 else ""


def label(key, value):
    return {"metadata": {"labels": {key: value}}}


def test_a_pods_token_changes_only_labels_of_the_prefetcher_on_its_own_node(labeler, nodes):
    mine, other = nodes[:2]
    own = label(LABELS + labeler.name, "succeeded")
    dry = "?dryRun=All"
    elsewhere = lambda: answer(labeler.bound, other, own, query=dry)
    wait_until(lambda: "with the token of a pod on that node" in elsewhere(), message="the policy to hold")

    assert answer(labeler.bound, mine, own) == ""
    node = client.current().get(path_of("nodes", name=mine))
    assert node["metadata"]["labels"][LABELS + labeler.name] == "succeeded"

    failed = label(LABELS + labeler.name, "failed")
    assert answer(labeler.bound, mine, failed, "application/strategic-merge-patch+json") == "", "image-prefetcher's way"
    wait_until(lambda: labeler.put_label(mine, "succeeded") != 409, message="no change of the node in between")
    assert answer(labeler.bound, mine, label(LABELS + labeler.name, None)) == ""

    for patch, words in [
            (label("example.com/team", "x"), f"only labels {LABELS}"),
            (label("image-prefetcher.stackrox.io", "x"), f"only labels {LABELS}"),
            (label("kubernetes.io/os", "windows"), f"only labels {LABELS}"),
            (label("kubernetes.io/os", None), f"only labels {LABELS}"),
            ({"metadata": {"labels": {LABELS + labeler.name: "failed", "team": "x"}}}, f"only labels {LABELS}"),
            ({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}, "nothing but labels"),
            ({"spec": {"unschedulable": True}}, "nothing but labels"),
            ({"metadata": {"annotations": {LABELS + "x": "y"}}}, "nothing but labels"),
            ({"metadata": {"finalizers": ["example.com/x"]}}, "nothing but labels")]:
        assert words in answer(labeler.bound, mine, patch, query=dry), patch
        assert answer(client.current(), mine, patch, query=dry) == "", "others may"
    assert "nothing but labels" in answer(labeler.bound, mine, {**own, "spec": {"unschedulable": True}}, query=dry)


def test_a_token_that_is_bound_to_no_pod_changes_no_node(labeler, nodes):
    own = label(LABELS + labeler.name, "succeeded")
    loose = labeler.with_token()
    refused = lambda node: "with the token of a pod on that node" in answer(loose, node, own, query="?dryRun=All")
    wait_until(lambda: all(map(refused, nodes)), message="the policy to hold")


def test_the_api_server_finds_no_fault_in_the_policys_expressions(labeler):
    checked = wait_until(lambda: labeler.policy().get("status", {}).get("typeChecking") is not None
                         and labeler.policy()["status"], message="the expressions' check")
    assert checked["typeChecking"] == {}, checked


def test_the_commands_of_the_page_make_a_manifest_that_the_cluster_takes(lax_ns, tmp_path):
    said = Reader(lax_ns.name, tmp_path, "registry.example/tools:1.2").runs("docs/image-prefetcher.md", "The manifest")

    assert "daemonset.apps/my-images created (server dry run)" in said
    assert lax_ns.get("configmaps", "my-images")["data"]["images.txt"].strip() == "registry.example/tools:1.2"
