"""The OperatorHub bundle, installed as Operator Lifecycle Manager does it: from what it says, and nothing else."""
import json
import os

import yaml

from kip.operator import wait_for_crd
from kube.shell import ROOT, kubectl

FOLDER = ROOT / "deploy/operator/bundle/manifests"


def _manifest(kind):
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.iterdir()]
    return next(each for each in found if each["kind"] == kind)


def csv():
    """The ClusterServiceVersion, with the image under test."""
    found = _manifest("ClusterServiceVersion")
    theirs = found["metadata"]["annotations"]["containerImage"]
    return json.loads(json.dumps(found).replace(theirs, os.environ["KIP_E2E_IMAGE"]))


def examples():
    return json.loads(csv()["metadata"]["annotations"]["alm-examples"])


def install_crd():
    kubectl("apply", "-f", "-", stdin=json.dumps(_manifest("CustomResourceDefinition")))
    wait_for_crd()


def remove_crd():
    kubectl("delete", "crd", "kubernetesimagepullers.che.eclipse.org", "--ignore-not-found", "--timeout=120s")


class Installation:
    """An operator in this namespace, whose OperatorGroup targets these namespaces; none is all."""

    def __init__(self, ns, targets):
        self.ns, self.targets = ns, targets
        self._spec = csv()["spec"]["install"]["spec"]

    @property
    def account(self):
        return self._spec["clusterPermissions"][0]["serviceAccountName"]

    def objects(self):
        accounts = {entry["serviceAccountName"] for key in ("permissions", "clusterPermissions")
                    for entry in self._spec[key]}
        found = [self._object("v1", "ServiceAccount", name) for name in sorted(accounts)]
        for entry in self._spec["permissions"]:
            found += self._grant(entry, "own", self.ns.name)
        for entry in self._spec["clusterPermissions"]:
            # Of a Role in each target nothing reaches further than what the operator was told to watch.
            for target in self.targets or [None]:
                found += self._grant(entry, "watched", target)
        return found + [self._deployment(entry) for entry in self._spec["deployments"]]

    def install(self):
        self._apply("apply")
        for entry in self._spec["deployments"]:
            self.ns.kubectl("rollout", "status", f"deployment/{entry['name']}", "--timeout=180s")

    def remove(self):
        self._apply("delete", "--ignore-not-found", "--timeout=120s")

    def logs(self):
        """All that the operator said."""
        return "".join(self.ns.kubectl("logs", f"deployment/{entry['name']}", "--tail=-1", check=False).stdout
                       for entry in self._spec["deployments"])

    def _apply(self, verb, *options):
        kubectl(verb, "-f", "-", *options,
                stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": self.objects()}))

    def _object(self, version, kind, name, namespace="", **more):
        metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace or self.ns.name}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}

    def _grant(self, entry, what, namespace):
        """A role of an entry's rules and its binding; without a namespace, of the cluster."""
        group, prefix = "rbac.authorization.k8s.io", "" if namespace else "Cluster"
        name = f"{self.ns.name}-{what}"
        return [self._object(f"{group}/v1", f"{prefix}Role", name, namespace, rules=entry["rules"]),
                self._object(f"{group}/v1", f"{prefix}RoleBinding", name, namespace,
                             roleRef={"apiGroup": group, "kind": f"{prefix}Role", "name": name},
                             subjects=[{"kind": "ServiceAccount", "name": entry["serviceAccountName"],
                                        "namespace": self.ns.name}])]

    def _deployment(self, entry):
        spec = json.loads(json.dumps(entry["spec"]))
        spec["template"]["metadata"]["annotations"] = {"olm.targetNamespaces": ",".join(self.targets)}
        found = self._object("apps/v1", "Deployment", entry["name"], spec=spec)
        found["metadata"]["labels"] = entry["label"]
        return found
