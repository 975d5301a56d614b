"""The operator, installed from deploy/operator as a user does it, and its resources."""
import json
import os

from kip.goversion import go_operator_objects
from kube import client
from kube.client import path_of
from kube.shell import ROOT, kubectl
from kube.wait import wait_until

NAMESPACE = "kubernetes-image-puller-operator"
NAME = "kubernetes-image-puller-operator"
RELEASED_IMAGE = "quay.io/eclipse/kubernetes-image-puller:next"


def manifests():
    """deploy/operator with the image under test, as kubectl takes it."""
    text = kubectl("kustomize", ROOT / "deploy/operator")
    assert RELEASED_IMAGE in text
    return text.replace(RELEASED_IMAGE, os.environ["KIP_E2E_IMAGE"])


def wait_for_crd():
    """kubectl wait fails where the object has no conditions at all yet."""
    def is_established():
        crd = json.loads(kubectl("get", "crd", "kubernetesimagepullers.che.eclipse.org", "-o", "json"))
        return any(each["type"] == "Established" and each["status"] == "True"
                   for each in crd.get("status", {}).get("conditions") or [])
    wait_until(is_established, "the CRD established", 60)


def install():
    kubectl("apply", "-f", "-", stdin=manifests())
    wait_for_crd()
    kubectl("rollout", "status", "-n", NAMESPACE, f"deployment/{NAME}", "--timeout=180s")


def set_environment(**variables):
    """Variables of the operator's container; waits until it runs with them."""
    kubectl("set", "env", "-n", NAMESPACE, f"deployment/{NAME}", *(f"{k}={v}" for k, v in variables.items()))
    kubectl("rollout", "status", "-n", NAMESPACE, f"deployment/{NAME}", "--timeout=180s")


def uninstall():
    kubectl("delete", "-f", "-", "--ignore-not-found", "--timeout=120s", stdin=manifests())


def may_take_over(may):
    """Gives or takes the rights to take over from the Go operator."""
    kubectl("apply" if may else "delete", "-f", ROOT / "deploy/operator/rbac-takeover.yaml")


def scale(replicas):
    kubectl("scale", "-n", NAMESPACE, "deployment", NAME, f"--replicas={replicas}")
    wait_until(lambda: len(pods()) == replicas, message=f"{replicas} replicas of the operator")


def pods():
    """The names of its pods that are not on their way out."""
    found = client.current().get(f"{path_of('pods', NAMESPACE)}?labelSelector=app%3D{NAME}")
    return [pod["metadata"]["name"] for pod in found["items"]
            if "deletionTimestamp" not in pod["metadata"]]


def logs():
    return kubectl("logs", "-n", NAMESPACE, "-l", f"app={NAME}", "--prefix", "--tail=-1", check=False).stdout


def holder():
    """The pod that holds the Lease; empty: none."""
    lease = client.current().get(path_of("leases", NAMESPACE, NAME))
    return (lease or {"spec": {}})["spec"].get("holderIdentity", "").rsplit("_", 1)[0]


def resource(spec, name="puller"):
    return {"apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "metadata": {"name": name},
            "spec": spec}


def image_list(images):
    return [{"name": name, "image": reference} for name, reference in images.items()]


def status(ns, name="puller"):
    return (ns.get("kubernetesimagepullers", name) or {}).get("status", {})


def condition(ns, kind, name="puller"):
    """The condition of the present spec; {} while there is none."""
    found = ns.get("kubernetesimagepullers", name)
    for each in found.get("status", {}).get("conditions", []):
        if each["type"] == kind and each["observedGeneration"] == found["metadata"]["generation"]:
            return each
    return {}


def wait_for(ns, kind, value, name="puller", part=""):
    """Waits for a condition of this status, with this part in its message; returns it."""
    def there():
        found = condition(ns, kind, name)
        assert found.get("status") == value and part in found.get("message", ""), status(ns, name)
        return found
    try:
        return wait_until(there, message=f"{kind}={value} of {name}")
    except AssertionError:
        print(logs())
        raise


def everything_of_the_go_operator(ns, images):
    """Makes what the Go operator made for the resource, with this program in the place of the Go version."""
    owner = ns.get("kubernetesimagepullers", "puller")["metadata"]["uid"]
    ns.apply(*go_operator_objects(owner, os.environ["KIP_E2E_IMAGE"], images))

