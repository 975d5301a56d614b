"""What stands beside the manifests: annotations, the Dockerfile that has them as labels, scorecard's configuration."""
from catalog_file import CHANNEL
from service_version import PACKAGE

OPERATORS = "operators.operatorframework.io"
SCORECARD = "quay.io/operator-framework/scorecard-test:v1.37.0"
# Suite, entry point: all that scorecard has of its own.
TESTS = [("basic", "basic-check-spec"), ("olm", "olm-bundle-validation"), ("olm", "olm-crds-have-validation"),
         ("olm", "olm-crds-have-resources"), ("olm", "olm-spec-descriptors"), ("olm", "olm-status-descriptors")]
# OpenShift 4.N has Kubernetes 1.(N+13).
AHEAD = 13


def openshift_versions(min_kube_version):
    """The first OpenShift that has this Kubernetes, and all after it."""
    return f"v4.{int(min_kube_version.split('.')[1]) - AHEAD}"


def annotations(csv):
    return {f"{OPERATORS}.bundle.mediatype.v1": "registry+v1",
            f"{OPERATORS}.bundle.manifests.v1": "manifests/",
            f"{OPERATORS}.bundle.metadata.v1": "metadata/",
            f"{OPERATORS}.bundle.package.v1": PACKAGE,
            f"{OPERATORS}.bundle.channels.v1": CHANNEL,
            f"{OPERATORS}.bundle.channel.default.v1": CHANNEL,
            f"{OPERATORS}.test.mediatype.v1": "scorecard+v1",
            f"{OPERATORS}.test.config.v1": "tests/scorecard/",
            "com.redhat.openshift.versions": openshift_versions(csv["spec"]["minKubeVersion"])}


def dockerfile(csv):
    labels = "".join(f"LABEL {key}={value}\n" for key, value in annotations(csv).items())
    return f"""FROM scratch
{labels}COPY bundle/manifests /manifests/
COPY bundle/metadata /metadata/
COPY bundle/tests/scorecard /tests/scorecard/
"""


def scorecard():
    tests = [{"image": SCORECARD, "entrypoint": ["scorecard-test", test],
              "labels": {"suite": suite, "test": f"{test}-test"}}
             for suite, test in TESTS]
    return {"apiVersion": "scorecard.operatorframework.io/v1alpha3", "kind": "Configuration",
            "metadata": {"name": "config"}, "stages": [{"parallel": True, "tests": tests}]}
