"""The CSV's install section, of the operator's Deployment and its permissions."""
import copy

# Operator Lifecycle Manager writes the namespaces of the OperatorGroup there; none is all.
TARGETS = {"fieldRef": {"fieldPath": "metadata.annotations['olm.targetNamespaces']"}}
# Where the operator is told the image that it gives to its DaemonSets.
RELATED = "RELATED_IMAGE_"


def default_image(sources):
    """The image of the Deployment, with the version as tag: what a bundle installs must not move."""
    image = sources.deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return f"{image.rpartition(':')[0]}:{sources.version}"


def deployments(sources, image):
    found = copy.deepcopy(sources.deployment)
    container = found["spec"]["template"]["spec"]["containers"][0]
    container["image"] = image
    names = [variable["name"] for variable in container["env"]]
    if "WATCH_NAMESPACE" not in names:
        raise ValueError(f"deployment.yaml: env has {', '.join(names)}; expected WATCH_NAMESPACE, too")
    for variable in container["env"]:
        if variable["name"] == "WATCH_NAMESPACE":
            del variable["value"]
            variable["valueFrom"] = TARGETS
        elif variable["name"].startswith(RELATED):
            variable["value"] = image
    return [{"name": found["metadata"]["name"], "label": found["metadata"]["labels"], "spec": found["spec"]}]


def permissions(sources, binding_kind):
    """For each account that a binding of this kind names: the rules of all its roles."""
    roles = {(found["kind"], found["metadata"]["name"]): found["rules"]
             for found in sources.rbac if found["kind"] in ("Role", "ClusterRole")}
    rules = {}
    for binding in [found for found in sources.rbac if found["kind"] == binding_kind]:
        ref = (binding["roleRef"]["kind"], binding["roleRef"]["name"])
        if ref not in roles:
            raise ValueError(f"rbac.yaml: {binding_kind} {binding['metadata']['name']} names {' '.join(ref)}, "
                             "which is not there")
        for subject in binding["subjects"]:
            rules.setdefault(subject["name"], []).extend(roles[ref])
    return [{"serviceAccountName": account, "rules": found} for account, found in rules.items()]


def install(sources, image):
    return {"strategy": "deployment",
            "spec": {"permissions": permissions(sources, "RoleBinding"),
                     "clusterPermissions": permissions(sources, "ClusterRoleBinding"),
                     "deployments": deployments(sources, image)}}
