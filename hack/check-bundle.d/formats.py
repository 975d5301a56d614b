"""The formats that the schemas name; each tells whether a string is of it."""
import base64
import binascii
import datetime
import re

import jsonschema
import semver

CHECKER = jsonschema.FormatChecker(formats=())
DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
# The reference of an image, by the grammar of the OCI distribution's references.
REFERENCE = re.compile(
    r"([a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*(:[0-9]+)?/)?"
    r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
    r"(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?")
# OperatorHub's own list.
CATEGORIES = {
    "AI/Machine Learning", "Application Runtime", "Big Data", "Cloud Provider", "Database", "Developer Tools",
    "Development Tools", "Drivers and plugins", "Integration & Delivery", "Logging & Tracing",
    "Modernization & Migration", "Monitoring", "Networking", "Observability", "OpenShift Optional", "Security",
    "Storage", "Streaming & Messaging"}
MINIMUM = re.compile(r"(<|<=|>|>=|=|!=)?([0-9].*)")


def of_format(name):
    """Registers a function as a format of the schemas; what is no string is another keyword's matter."""
    def register(judge):
        CHECKER.checks(name)(lambda value: not isinstance(value, str) or judge(value))
        return judge
    return register


@of_format("semver")
def is_semver(text):
    return semver.VersionInfo.isvalid(text)


@of_format("csv-name")
def is_csv_name(text):
    operator, _, version = text.partition(".v")
    return (len(text) <= 63 and re.fullmatch(DNS_LABEL, operator) is not None and is_semver(version)
            and re.fullmatch(rf"{DNS_LABEL}(\.{DNS_LABEL})*", text) is not None)


@of_format("reference")
def is_reference(text):
    return REFERENCE.fullmatch(text) is not None


@of_format("categories")
def is_categories(text):
    return {word.strip() for word in text.split(",")} <= CATEGORIES


@of_format("time")
def is_time(text):
    try:
        datetime.datetime.fromisoformat(text)
        return True
    except ValueError:
        return False


@of_format("url")
def is_url(text):
    return re.fullmatch(r"https?://[^\s/]+\S*", text) is not None


@of_format("email")
def is_email(text):
    return re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", text) is not None


@of_format("base64")
def is_base64(text):
    try:
        return len(base64.b64decode(text, validate=True)) > 0
    except (binascii.Error, ValueError):
        return False


@of_format("openshift-versions")
def is_openshift_versions(text):
    """v4.12 (that or newer), =v4.12 (only that) or v4.12-v4.16."""
    return re.fullmatch(r"=?v4\.[0-9]+|v4\.[0-9]+-v4\.[0-9]+", text) is not None


@of_format("range")
def is_range(text):
    return all(words and all(MINIMUM.fullmatch(word) and is_semver(MINIMUM.fullmatch(word)[2]) for word in words)
               for words in (part.split() for part in text.split("||")))


def in_range(version, text):
    """Whether a semver is of a range such as ">=0.1.0 <0.2.0 || 0.3.0"."""
    def holds(word):
        sign, limit = MINIMUM.fullmatch(word).groups()
        return semver.VersionInfo.parse(version).match((sign if sign not in (None, "=") else "==") + limit)
    return any(all(holds(word) for word in part.split()) for part in text.split("||"))
