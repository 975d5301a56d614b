"""The operator as Operator Lifecycle Manager runs it: from the bundle, with the permissions that the CSV lists."""
import re

import pytest

from kip import bundle, operator
from kip.images import make_image, new_reference
from kip.namespace import ACCOUNT, CONFIGMAP, NAME, Namespace
from kip.operator import image_list, resource, wait_for
from kube.audit import AuditLog, has_audit_log
from kube.wait import wait_until

pytestmark = pytest.mark.xdist_group("operator")  # there is one operator, and one resource definition, in a cluster

# Which of the namespaces an OperatorGroup targets: the operator's own, one or two others.
MODES = {"AllNamespaces": lambda own, one, two: [], "OwnNamespace": lambda own, one, two: [own],
         "SingleNamespace": lambda own, one, two: [one], "MultiNamespace": lambda own, one, two: [one, two]}


@pytest.fixture(scope="module", autouse=True)
def crd():
    bundle.install_crd()
    yield
    bundle.remove_crd()


@pytest.fixture
def other():
    """A second namespace beside the test's own and the operator's."""
    space = Namespace()
    yield space
    space.remove()


@pytest.fixture
def home():
    """The operator's own namespace."""
    space = Namespace()
    yield space
    space.remove()


@pytest.fixture
def install(home):
    """Installs the bundle for these target namespaces."""
    made = []

    def to(targets):
        made.append(bundle.Installation(home, targets))
        made[0].install()
        return made[0]
    yield to
    for each in made:
        print(each.logs())
        each.remove()


def example():
    """The one that OperatorHub shows, with images that are within reach."""
    found = bundle.examples()[0]
    for entry in found["spec"]["imageList"]:
        entry["image"] = new_reference(entry["name"])
        make_image(entry["image"])
    return found


def assert_nothing_was_refused(installation):
    said = installation.logs()
    assert "starting the operator" in said
    assert not re.search(r"\b403\b|forbidden|level=error", said, re.I), said
    assert "cannot tell whether this is OpenShift" not in said, said
    if has_audit_log():
        assert AuditLog(installation.ns.name, installation.account).refused() == []


def remove_resources(*spaces):
    """Before their namespaces end, where the next operator would find them and be refused."""
    for space in spaces:
        space.kubectl("delete", "kubernetesimagepullers", "--all")


@pytest.mark.parametrize("mode", MODES)
def test_the_example_becomes_ready_in_each_namespace_that_the_operator_watches(mode, ns, other, home, install, nodes):
    spaces = [home, ns, other]
    targets = MODES[mode](home.name, ns.name, other.name)
    watched = [space for space in spaces if space.name in targets or not targets]
    wanted = example()
    for space in spaces:
        space.apply(wanted)
    installation = install(targets)

    name = wanted["metadata"]["name"]
    for space in watched:
        wait_for(space, "Ready", "True", name)
        wait_for(space, "Degraded", "False", name)
        assert operator.status(space, name)["nodes"] == {"desired": len(nodes), "warm": len(nodes)}
    uid = watched[0].wait_for_daemonset()["metadata"]["uid"]
    watched[0].kubectl("delete", "daemonset", NAME)
    watched[0].wait_for_daemonset(lambda found: found["metadata"]["uid"] != uid, "the DaemonSet made again")
    wanted["spec"]["imageList"].pop()
    watched[0].apply(wanted)
    watched[0].wait_for_daemonset(lambda found: len(found["spec"]["template"]["spec"]["containers"]) == 1, "the edit")
    wait_for(watched[0], "Ready", "True", name)

    for space in spaces:
        if space not in watched:
            assert operator.status(space, name) == {} and space.daemonset() is None
    assert_nothing_was_refused(installation)
    remove_resources(*spaces)


@pytest.mark.parametrize("mode", ["AllNamespaces", "SingleNamespace"])
def test_the_listed_permissions_are_enough_to_take_over_from_the_go_operator(mode, lax_ns, home, install):
    images = {"one": new_reference("one")}
    make_image(images["one"])
    lax_ns.apply(resource({"imageList": image_list(images)}))
    operator.everything_of_the_go_operator(lax_ns, images)
    before = lax_ns.wait_for_daemonset()["metadata"]["uid"]

    installation = install(MODES[mode](home.name, lax_ns.name, ""))

    wait_until(lambda: lax_ns.deployment() is None, message="the old Deployment's end")
    for what in (("configmaps", CONFIGMAP), ("serviceaccounts", ACCOUNT), ("roles", "create-daemonset"),
                 ("rolebindings", "create-daemonset")):
        wait_until(lambda what=what: lax_ns.get(*what) is None, message=f"no {what}")
    wait_for(lax_ns, "Ready", "True")
    assert lax_ns.daemonset()["metadata"]["uid"] == before
    assert_nothing_was_refused(installation)
    remove_resources(lax_ns)
