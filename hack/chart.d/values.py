"""JSON schema of the chart's values that are no settings of the service."""
import formats
import patterns as p

_OBJECT = {"type": ["object", "null"]}
_LABELS = formats.string_map(p.QUALIFIED, f"^(?:{p.NAME})?$")
_ANNOTATIONS = formats.string_map(p.ANNOTATION)


def _required(pattern):
    return {"type": "string", "pattern": f"^{pattern}$"}


SCHEMA = {
    ("deploymentName",): _required(p.LABEL),  # also the name of its container
    ("deploymentAnnotations",): _ANNOTATIONS,
    ("deploymentLabels",): _LABELS,
    ("podAnnotations",): _ANNOTATIONS,
    ("podLabels",): _LABELS,
    ("commonLabels",): _LABELS,
    ("nameOverride",): {"type": ["string", "null"], "pattern": f"^(?:{p.NAME})?$"},
    ("image", "repository"): _required(p.REPOSITORY),
    # No fraction: YAML reads 1.10 as 1.1, so such a tag has to be in quotes.
    ("image", "tag"): {"type": ["string", "integer"], "pattern": f"^{p.TAG}$", "minimum": 0},
    ("image", "pullPolicy"): {"enum": ["Always", "IfNotPresent", "Never"]},
    ("imagePullSecrets",): {"type": ["array", "null"], "items": {
        "type": ["string", "object"], "pattern": p.whole(p.SUBDOMAIN), "required": ["name"],
        "properties": {"name": _required(p.SUBDOMAIN)}, "additionalProperties": False}},
    ("serviceAccount", "name"): _required(p.SUBDOMAIN),
    ("serviceAccount", "annotations"): _ANNOTATIONS,
    ("updateStrategy", "type"): {"enum": ["Recreate", "RollingUpdate"]},
    ("priorityClassName",): formats.text(p.SUBDOMAIN),
    ("configMap", "name"): _required(p.SUBDOMAIN),
    ("agent", "image"): formats.text(p.REFERENCE),
    ("agent", "runtimeSocket"): formats.text(p.SOCKET),
    ("discovery", "clusterRole"): {"type": ["boolean", "null"]},
    ("registryCAConfigMap",): formats.text(p.SUBDOMAIN),
    ("nodeGate", "taint"): formats.text(p.TAINT),
    ("nodeGate", "images"): {"type": ["string", "array", "null"], "items": {"type": "string"}},
    ("nodeGate", "deadline"): formats.text(p.DURATION),
    ("nats", "url"): {"type": ["string", "null"]},
    ("nats", "subject"): {"type": ["string", "null"]},
    ("nats", "existingSecret"): formats.text(p.SUBDOMAIN),
    ("nats", "caSecret"): formats.text(p.SUBDOMAIN),
    ("nats", "clientCertificateSecret"): formats.text(p.SUBDOMAIN),
    ("nats", "forgetAfter"): formats.of("NATS_FORGET_AFTER", "duration, also 7d"),
    ("nats", "maxImages"): formats.of("NATS_MAX_IMAGES", "number of images, 1 to 700"),
    ("extraEnv",): {"type": ["array", "null"], "items": {"type": "object", "required": ["name"]}},
    ("resources",): _OBJECT,
    ("tolerations",): {"type": ["array", "null"], "items": {"type": "object"}},
    ("nodeSelector",): _LABELS,
    ("containerSecurityContext",): _OBJECT,
}
