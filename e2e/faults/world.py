"""What a service under test needs in the cluster: a namespace, an account with a token, a Deployment that owns."""
import os
import uuid

from kip.images import as_setting
from kube.wait import TIMEOUT_SECONDS, wait_until

NOWHERE = '{"kip-faults": "no-such-node"}'  # a DaemonSet without pods: these tests are about requests
IMAGE = "registry.invalid/faults:1"
RULES = [
    {"apiGroups": ["apps"], "resources": ["daemonsets"],
     "verbs": ["create", "delete", "list", "watch", "get", "update"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["configmaps", "pods"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
]


class World:
    """A namespace of one test. Its `token` is of an account that may do what the service needs, and no more."""

    def __init__(self, api, rules=RULES):
        self.api = api
        self.namespace = "faults-" + uuid.uuid4().hex[:8]
        self.core = f"/api/v1/namespaces/{self.namespace}"
        self.apps = f"/apis/apps/v1/namespaces/{self.namespace}"
        self.rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}"
        api.create("/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        self.make_account()
        api.create(f"{self.rbac}/roles", {"metadata": {"name": "puller"}, "rules": rules})
        api.create(f"{self.rbac}/rolebindings", {
            "metadata": {"name": "puller"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "puller"},
            "subjects": [{"kind": "ServiceAccount", "name": "puller", "namespace": self.namespace}]})
        self.token = self.make_token()
        self.await_rights(self.token)

    def make_account(self):
        return self.api.create(f"{self.core}/serviceaccounts", {"metadata": {"name": "puller"}})

    def make_token(self):
        answer = self.api.create(f"{self.core}/serviceaccounts/puller/token", {"spec": {"expirationSeconds": 3600}})
        return answer["status"]["token"]

    def status_with(self, token):
        """What the API server says to a request with this token."""
        return self.api.with_token(token).request("GET", f"{self.apps}/daemonsets")[0]

    def await_rights(self, token):
        """The API server learns of a new Role a moment after it was made."""
        wait_until(lambda: self.status_with(token) == 200, "the account's rights", 20)

    def daemonset_path(self, name):
        return f"{self.apps}/daemonsets/{name}"

    def daemonset(self, name="cache"):
        return self.api.get(self.daemonset_path(name))

    def uid(self, name="cache"):
        found = self.daemonset(name)
        return found and found["metadata"]["uid"]

    def await_daemonset(self, name="cache", other_than=None, within=TIMEOUT_SECONDS, more=lambda: ""):
        """The uid of the DaemonSet, once it is there; with `other_than`, once it was created again."""
        return wait_until(lambda: self.uid(name) not in (None, other_than) and self.uid(name),
                          lambda: f"no DaemonSet {name}\n{more()}", within)

    def delete_daemonset(self, name="cache"):
        self.api.delete(self.daemonset_path(name), propagationPolicy="Background")

    def create_deployment(self, name, configmap=None, replicas=0, environment=None, image=IMAGE):
        """The Deployment that the service takes for its own. Without replicas: it runs outside of the cluster."""
        container = {"name": name, "image": image,
                     "env": [{"name": key, "value": value} for key, value in (environment or {}).items()]}
        if configmap:
            container["envFrom"] = [{"configMapRef": {"name": configmap}}]
        labels = {"app": name}
        return self.api.create(f"{self.apps}/deployments", {
            "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container], "nodeSelector": {"kip-faults": "no-such-node"}}}}})

    def settings(self, name="cache", **more):
        """The least that the service needs, with a DaemonSet that makes no pods, and is made in one step."""
        return {"IMAGES": f"one={IMAGE}", "NAMESPACE": self.namespace, "DAEMONSET_NAME": name,
                "NODE_SELECTOR": NOWHERE, "KIP_IMAGE": IMAGE, "MAX_NODES_PULLING": "100%",
                **{k: v for k, v in more.items() if v is not None}}

    # With pods, where requests alone do not tell.

    def settings_with_pods(self, images, name="cache", **more):
        """Settings by which these images (name → reference) get onto every node."""
        return self.settings(name, IMAGES=as_setting(images), NODE_SELECTOR="{}", KIP_IMAGE=os.environ["KIP_E2E_IMAGE"],
                             **{"CACHING_CPU_REQUEST": ".001", "CACHING_MEMORY_REQUEST": "1Mi", **more})

    def owned_settings(self, settings, **live):
        """The same with a Deployment to own the DaemonSet, of its name; these variables come from a ConfigMap, to be
        edited by `edit`."""
        name = settings["DAEMONSET_NAME"]
        live = {**{key: settings[key] for key in ["IMAGES"]}, **live}
        settings = {**settings, **live, "DEPLOYMENT_NAME": name}
        self.api.create(f"{self.core}/configmaps", {"metadata": {"name": name}, "data": live})
        self.create_deployment(name, name, environment={k: v for k, v in settings.items() if k not in live},
                               image=settings["KIP_IMAGE"])
        return settings

    def edit(self, name="cache", **variables):
        """Edits the ConfigMap that `owned_settings` made."""
        self.api.patch(f"{self.core}/configmaps/{name}", {"data": variables})

    def pods(self, name="cache"):
        """Of the DaemonSet of this name."""
        return [pod for pod in self.api.get(f"{self.core}/pods")["items"]
                if any(owner["name"] == name for owner in pod["metadata"].get("ownerReferences", []))]

    def warnings(self, *parts):
        """The messages of the service's own Warnings that hold all of these."""
        return [event["message"] for event in self.api.get(f"{self.core}/events")["items"]
                if event["type"] == "Warning" and event["source"].get("component") == "kubernetes-image-puller" and
                all(part in event["message"] for part in parts)]

    def close(self):
        self.api.delete(f"/api/v1/namespaces/{self.namespace}")
