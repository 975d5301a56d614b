"""JSON schema of the values of the chart images-prepuller. What users of the chart of before have is taken as it is:
entries of docker.images that are no references are named by the agent, and the others are pulled."""
import patterns as p
from values import SCHEMA as OF_SERVICE

_NAMES = {"type": ["array", "null"], "items": {"type": "string", "pattern": f"^{p.SUBDOMAIN}$"}}
_DURATION = {"type": "string", "pattern": r"^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$"}
_RUNTIMES = ["cri-dockerd", "containerd", "crio", "k3s", "k0s", "docker"]

# A file for the chart of before, which had no schema, may have more than is known.
LAX = ["docker"]
SCHEMA = {
    ("docker", "images"): {"type": ["array", "null"], "items": {"type": "string"}},
    ("docker", "hostPath"): {"type": "string", "pattern": "^/"},
    ("runtime",): {"type": ["string", "null"], "pattern": f"^(?:{'|'.join(_RUNTIMES)}|/.*[^/])?$"},
    ("secrets",): _NAMES,
    ("parallelism",): {"type": "integer", "minimum": 1, "maximum": 1000},
    ("timeout",): _DURATION,
    ("attemptTimeout",): _DURATION,
    ("pin",): {"type": "boolean"},
    ("wait", "enabled"): {"type": "boolean"},
    ("wait", "timeout"): _DURATION,
    ("maxUnavailable",): {"type": ["string", "integer"], "pattern": "^(?:[1-9][0-9]?|100)%$", "minimum": 1},
    ("securityContext",): {"type": ["object", "null"]},
    **{path: OF_SERVICE[path] for path in [
        ("image", "repository"), ("image", "tag"), ("image", "pullPolicy"), ("imagePullSecrets",), ("resources",),
        ("tolerations",), ("nodeSelector",), ("nameOverride",)]},
}
