"""What the Go version of the image puller left in a cluster."""
import json
import os
import pathlib
import re
import shutil

from kip.images import as_setting, make_image, new_reference
from kip.namespace import NAME
from kube.shell import ROOT, run

CHART = ROOT / "e2e/goversion/chart"
TOOLS = ["/bin/dash", "/bin/cp", "/bin/sleep"]
# What the Go service does at its start and at its end, with the permissions that its Role gives. `wait` returns at a
# signal at once, where a foreground sleep would have to end first.
SERVICE = """#!/bin/sh
remove() { kubectl delete daemonset %(name)s --ignore-not-found --cascade=foreground; }
remove
trap 'remove; exit 0' TERM
uid=$(kubectl get deployment "$DEPLOYMENT_NAME" -o 'jsonpath={.metadata.uid}')
kubectl create --validate=false -f - <<END
%(daemonset)s
END
while :; do sleep 3600 & wait $!; done
"""


def _with_libraries(path):
    """The file, and the shared libraries and the loader that it needs."""
    return [path, *re.findall(r"(/\S+) \(0x", run("ldd", path))]


def _shell():
    files = {}
    for path in {found for tool in TOOLS for found in _with_libraries(tool)}:
        files[path.lstrip("/")] = (0o755, pathlib.Path(os.path.realpath(path)).read_bytes())
    files["bin/sh"] = files["bin/dash"]
    return files


def image_with_shell():
    """Pushes an image that has a shell, cp and sleep, as the Go version's own has: made of this machine's files."""
    reference = new_reference("go-version")
    make_image(reference, files=_shell(), user="65532")
    return reference


def service_image(namespace, images):
    """Pushes an image whose program does with the DaemonSet what the Go service does, for this namespace and these
    images: deletes the one that is there and makes its own, and deletes that when it is told to end."""
    reference = new_reference("go-service")
    text = json.dumps(daemonset(namespace, "$uid", reference, images))  # the shell puts the Deployment's UID in
    files = {**_shell(), "payload": (0o755, (SERVICE % {"name": NAME, "daemonset": text}).encode()),
             "bin/kubectl": (0o755, pathlib.Path(shutil.which("kubectl")).read_bytes())}
    make_image(reference, files=files, user="65532")
    return reference


def daemonset(namespace, deployment_uid, kip_image, images):
    """The DaemonSet that the Go version makes, field by field."""
    resources = {"requests": {"memory": "10Mi", "cpu": ".05"}, "limits": {"memory": "20Mi", "cpu": ".2"}}
    context = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    mounts = [{"name": "kip", "mountPath": "/kip"}]
    labels = {"app.kubernetes.io/name": "image-puller", "test": "daemonset-test"}
    init = {"name": "copy-sleep", "image": kip_image, "imagePullPolicy": "Always",
            "command": ["/bin/sh"], "args": ["-c", "cp /bin/sleep /kip/sleep"], "resources": resources,
            "volumeMounts": mounts,
            "securityContext": {**context, "runAsNonRoot": True, "runAsUser": 65532, "runAsGroup": 65532}}
    containers = [{"name": name, "image": reference, "imagePullPolicy": "Always", "command": ["/kip/sleep"],
                   "args": ["720h"], "resources": resources, "volumeMounts": mounts, "securityContext": context}
                  for name, reference in images.items()]
    return {"apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": {"name": NAME, "namespace": namespace, "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME, "uid": deployment_uid}]},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                "terminationGracePeriodSeconds": 1, "initContainers": [init], "containers": containers,
                "volumes": [{"name": "kip", "emptyDir": {"sizeLimit": "50Mi"}}],
                "securityContext": {"fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}}}}}}


def go_operator_objects(owner_uid, image, images):
    """What the Go operator makes for its resource, owned by it. Of another image than the Go version's, so that its pod
    does what the Go version does at its end: it deletes the DaemonSet, if it is allowed to."""
    owner = [{"apiVersion": "che.eclipse.org/v1alpha1", "kind": "KubernetesImagePuller", "name": "puller",
              "uid": owner_uid, "controller": True, "blockOwnerDeletion": True}]

    def owned(version, kind, name, **parts):
        return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "ownerReferences": owner}, **parts}

    rbac = "rbac.authorization.k8s.io"
    labels = {"app": NAME}
    environment = {"DAEMONSET_NAME": NAME, "DEPLOYMENT_NAME": NAME, "IMAGES": as_setting(images),
                   "CACHING_MEMORY_REQUEST": "1Mi", "CACHING_CPU_REQUEST": ".001", "CACHING_INTERVAL_HOURS": "1"}
    return [
        owned(f"{rbac}/v1", "Role", "create-daemonset", rules=[
            {"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["create", "delete", "list", "watch", "get"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]}]),
        owned(f"{rbac}/v1", "RoleBinding", "create-daemonset",
              roleRef={"apiGroup": rbac, "kind": "Role", "name": "create-daemonset"},
              subjects=[{"kind": "ServiceAccount", "name": "k8s-image-puller"}]),
        owned("v1", "ServiceAccount", "k8s-image-puller"),
        owned("v1", "ConfigMap", "k8s-image-puller", data=environment),
        owned("apps/v1", "Deployment", NAME, spec={
            "replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
                "serviceAccountName": "k8s-image-puller", "containers": [{
                    "name": NAME, "image": image, "envFrom": [{"configMapRef": {"name": "k8s-image-puller"}}]}]}}})]


def openshift_objects(deployment_name, image):
    """What the Go version's OpenShift templates made under a Deployment name of one's own; with this image. Its pods
    find no settings, as they are not what is asked here."""
    labels = {"app": NAME}
    rules = [{"apiGroups": ["apps"], "resources": ["daemonsets"], "verbs": ["create", "delete", "watch", "get"]},
             {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]
    rbac = "rbac.authorization.k8s.io"
    container = {"name": NAME, "image": image, "imagePullPolicy": "IfNotPresent",
                 "env": [{"name": "DEPLOYMENT_NAME", "value": deployment_name}],
                 "envFrom": [{"configMapRef": {"name": "k8s-image-puller"}}],
                 "resources": {"requests": {"cpu": "50m", "memory": "64Mi"},
                               "limits": {"cpu": "200m", "memory": "256Mi"}}}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "k8s-image-puller"}},
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": {"name": "create-daemonset"}, "rules": rules},
        {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": {"name": "create-daemonset"},
         "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "create-daemonset"},
         "subjects": [{"kind": "ServiceAccount", "name": "k8s-image-puller"}]},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": deployment_name, "labels": labels},
         "spec": {"replicas": 1, "revisionHistoryLimit": 2, "strategy": {"type": "Recreate"},
                  "selector": {"matchLabels": labels},
                  "template": {"metadata": {"labels": labels},
                               "spec": {"containers": [container], "serviceAccountName": "k8s-image-puller"}}}}]
