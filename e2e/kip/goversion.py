"""What the Go version of the image puller left in a cluster."""
import os
import pathlib
import re

from kip.images import make_image, new_reference
from kip.namespace import NAME
from kip.shell import run

TOOLS = ["/bin/dash", "/bin/cp", "/bin/sleep"]


def _with_libraries(path):
    """The file, and the shared libraries and the loader that it needs."""
    return [path, *re.findall(r"(/\S+) \(0x", run("ldd", path))]


def image_with_shell():
    """Pushes an image that has a shell, cp and sleep, as the Go version's own has: made of this machine's files."""
    files = {}
    for path in {found for tool in TOOLS for found in _with_libraries(tool)}:
        files[path.lstrip("/")] = (0o755, pathlib.Path(os.path.realpath(path)).read_bytes())
    files["bin/sh"] = files["bin/dash"]
    reference = new_reference("go-version")
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
