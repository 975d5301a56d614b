"""Regular expressions of the service's parsers, for a schema that Helm checks: Go's syntax, so nothing looks ahead.

A pattern may take what the service refuses, as a length limit within a longer text is beyond it; it never refuses what
the service takes (e2e/test_chart_schema.py). A setting's text may have space around it."""

LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
SUBDOMAIN = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
NAME = "[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"  # of a label, without its prefix; also a label's value
QUALIFIED = f"(?:{SUBDOMAIN}/)?{NAME}"
ANNOTATION = f"(?:(?i:{SUBDOMAIN})/)?{NAME}"

_SUFFIX = "(?:[numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)?"
_ABOVE_0 = r"(?:[0-9]*[1-9][0-9]*(?:\.[0-9]*)?|[0-9]*\.[0-9]*[1-9][0-9]*)"
_ZERO = r"(?:0+(?:\.0*)?|\.0+)"
LIMIT = rf"\+?{_ABOVE_0}{_SUFFIX}"
REQUEST = rf"(?:\+?{_ABOVE_0}|[-+]?{_ZERO}){_SUFFIX}"
HOURS = rf"\+?{_ABOVE_0}"
NODES = "0*(?:[1-9][0-9]{0,9}|[1-9][0-9]?%|100%)"

_HOST_LABEL = "[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?"
_COMPONENT = "[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*"
_REGISTRY = rf"(?:{_HOST_LABEL}(?:\.{_HOST_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?"
TAG = "[A-Za-z0-9_][-.A-Za-z0-9_]{0,127}"
_DIGEST = "(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})"
REPOSITORY = rf"(?:(?:{_REGISTRY}|{_COMPONENT})/)?{_COMPONENT}(?:/{_COMPONENT})*"
REFERENCE = rf"{REPOSITORY}(?::{TAG})?(?:@{_DIGEST})?"

TAINT = f"{QUALIFIED}(?:=(?:{NAME})?)?:(?:NoSchedule|PreferNoSchedule|NoExecute)"
# As Go writes one.
DURATION = r"\+?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+"

# The service names what else is wrong with one.
SOCKET = "(?:unix://)?/[^/:]+(?:/[^/:]+)+"

# One good entry is enough for the service, which names the bad ones.
_ENTRY = rf"\s*{LABEL}\s*=\s*{REFERENCE}\s*"
IMAGES = rf"(?:^|;){_ENTRY}(?:;|$)"
STRICT_IMAGES = rf"^\s*$|^{_ENTRY}(?:;{_ENTRY})*(?:;\s*)?$"
REGISTRY = _REGISTRY
REGISTRIES = rf"(?:{_REGISTRY})?(?:[\s;,]+(?:{_REGISTRY})?)*"
# How images' names begin. The service names what else is wrong with one.
_PREFIX = r"(?:[-A-Za-z0-9_.*]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[-a-z0-9_./]*)?"
SECRET = rf"(?:{_PREFIX}\s*=\s*)?{SUBDOMAIN}"
SECRETS = rf"(?:{SECRET})?(?:\s*;\s*(?:{SECRET})?)*"


def whole(pattern):
    """The whole text, or none: an empty one counts as unset."""
    return rf"^\s*(?:{pattern})?\s*$"
