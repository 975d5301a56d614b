"""The operator: KubernetesImagePuller resources become DaemonSets, and say how it goes."""
import pytest

from kip import operator
from kip.coverage import gaps
from kip.images import REGISTRY, as_setting, make_image, new_reference
from kip.namespace import ACCOUNT, CONFIGMAP, NAME, POD_LABELS
from kip.operator import image_list, resource, wait_for
from kube.nodes import node_images
from kube.shell import CommandFailed, kubectl
from kube.wait import wait_until

SMALL = {"cachingCPURequest": ".001", "cachingMemoryRequest": "1Mi"}

pytestmark = pytest.mark.xdist_group("operator")  # there is one operator, and one resource definition, in a cluster


@pytest.fixture(scope="module", autouse=True)
def installed():
    operator.install()
    yield
    operator.uninstall()


def two_images():
    images = {"one": new_reference("one"), "two": new_reference("two")}
    return images, {name: make_image(reference) for name, reference in images.items()}


def owners(ns, name=NAME):
    return [owner["kind"] for owner in ns.get("daemonsets", name)["metadata"]["ownerReferences"]]


def test_a_resource_becomes_a_daemonset_and_says_when_the_images_are_there(ns, nodes):
    images, digests = two_images()
    ns.apply(resource({**SMALL, "imageList": image_list(images)}))
    wait_for(ns, "Ready", "True")
    assert wait_for(ns, "Progressing", "False")["reason"] == "ReconcileComplete"
    assert wait_for(ns, "Degraded", "False")["reason"] == "ReconcileComplete"
    status = operator.status(ns)
    assert status["nodes"] == {"desired": len(nodes), "warm": len(nodes)}
    assert status["images"] == [{"name": name, "image": images[name], "digest": digests[name], "nodes": len(nodes)}
                                for name in images]
    for node in nodes:
        for name in images:
            assert node_images(node)[images[name]] == digests[name]
    columns = ns.kubectl("get", "kubernetesimagepullers").split("\n")
    assert columns[0].split() == ["NAME", "READY", "IMAGES", "WARM", "AGE"]
    assert columns[1].split()[:4] == ["puller", "True", "2", str(len(nodes))]
    found = ns.get("kubernetesimagepullers", "puller")
    assert set(found["spec"]) == {*SMALL, "imageList"} and found["metadata"]["generation"] == 1

    ns.kubectl("delete", "kubernetesimagepuller", "puller")
    wait_until(lambda: ns.daemonset() is None, message="the DaemonSet gone with its resource")
    wait_until(lambda: not ns.pods(), message="the pods gone")
    assert ns.daemonset() is None


def test_a_deleted_daemonset_is_back_and_an_edit_of_the_spec_arrives(ns, nodes):
    images, _ = two_images()
    ns.apply(resource({**SMALL, "images": as_setting(images)}))
    # Kubernetes makes no pods for minutes where a DaemonSet is deleted while its pods are just being made or replaced.
    wait_for(ns, "Ready", "True")
    uid = ns.daemonset()["metadata"]["uid"]
    ns.kubectl("delete", "daemonset", NAME, "--cascade=background")
    ns.wait_for_daemonset(lambda found: found["metadata"]["uid"] != uid, "the DaemonSet made again")
    ns.apply(resource({**SMALL, "images": as_setting({"one": images["one"]})}))
    ns.wait_for_daemonset(lambda found: len(found["spec"]["template"]["spec"]["containers"]) == 1, "the edit")
    wait_for(ns, "Ready", "True")


@pytest.mark.long  # the operator asks for what its resources share once in five minutes
def test_a_tag_that_moved_is_pulled_for_its_resource(ns, nodes):
    operator.set_environment(INSECURE_REGISTRIES=REGISTRY)
    images, first = two_images()
    ns.apply(resource({**SMALL, "imageList": image_list(images), "cachingIntervalHours": "0.0025"}))
    wait_for(ns, "Ready", "True")
    generation = ns.daemonset()["metadata"]["generation"]
    second = make_image(images["one"])
    has = lambda name: {node_images(node).get(images[name]) for node in nodes}
    wait_until(lambda: has("one") == {second}, timeout=500, poll=1, message="the new digest on every node")
    assert has("two") == {first["two"]}
    assert ns.daemonset()["metadata"]["generation"] == generation + 1, "other than once, for the tag that moved"
    digests = lambda: {each["name"]: each.get("digest") for each in operator.status(ns)["images"]}
    wait_until(lambda: digests() == {"one": second, "two": first["two"]}, message="the digests in the status")


def test_an_image_that_cannot_be_pulled_is_named_in_the_status(ns):
    missing = new_reference("missing")
    ns.apply(resource({**SMALL, "imageList": image_list({"missing": missing})}))
    assert missing in wait_for(ns, "Degraded", "True", part=missing)["message"]
    wait_for(ns, "Ready", "False")
    wait_until(lambda: operator.status(ns)["images"][0].get("lastError"), message="the image's error")


def test_two_resources_of_one_namespace_need_two_names(ns):
    images, _ = two_images()
    ns.apply(resource({**SMALL, "imageList": image_list(images)}, "first"))
    wait_for(ns, "Ready", "True", "first")
    ns.apply(resource({**SMALL, "imageList": image_list({"one": images["one"]})}, "second"))
    wait_for(ns, "Degraded", "True", "second", "KubernetesImagePuller first")
    ns.apply(resource({**SMALL, "imageList": image_list({"one": images["one"]}), "daemonsetName": "more"}, "second"))
    wait_for(ns, "Ready", "True", "second")
    wait_for(ns, "Degraded", "False", "second")
    assert len(ns.daemonset()["spec"]["template"]["spec"]["containers"]) == 2


BAD = [
    ({"imageList": [{"name": "A", "image": "x"}]}, "spec.imageList[0].name"),
    ({"imageList": [{"name": "a", "image": "x;y"}]}, "spec.imageList[0].image"),
    ({"imageList": [{"name": "a"}]}, "spec.imageList"),
    ({"imageList": [{"name": "a", "image": "x"}, {"name": "a", "image": "y"}]}, "spec.imageList[1]"),
    ({"imageList": [{"name": "a", "image": "x"}], "images": "b=y"}, "images and imageList say the same"),
    ({"cachingCPULimit": "many"}, "spec.cachingCPULimit"),
    ({"nodeSelectorMap": {"a": 1}}, "spec.nodeSelectorMap.a"),
    ({"tolerationsList": [{"operator": "Is"}]}, "spec.tolerationsList[0].operator"),
    ({"pullSecrets": ["A b"]}, "spec.pullSecrets[0]"),
    ({"pullSecrets": ["a", "https://quay.io=a"]}, "spec.pullSecrets[1]"),
    ({"refreshStrategy": "Never"}, "spec.refreshStrategy"),
    ({"maxNodesPulling": 0}, "spec.maxNodesPulling"),
    ({"maxNodesPulling": "101%"}, "spec.maxNodesPulling"),
    ({"daemonsetName": "A_b"}, "spec.daemonsetName"),
    ({"imagesList": []}, "imagesList"),
]


@pytest.mark.parametrize(("spec", "part"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_value_is_refused_with_the_fields_name(ns, spec, part):
    with pytest.raises(CommandFailed) as refused:
        ns.apply(resource({"images": "a=x", **spec} if "imageList" not in spec else spec))
    assert part in str(refused.value)


def test_a_value_that_only_the_operator_can_judge_is_a_condition(ns):
    ns.apply(resource({"images": "a=x", "cachingIntervalHours": "soon"}))
    assert "spec.cachingIntervalHours" in wait_for(ns, "Degraded", "True", part="soon")["message"]
    assert ns.daemonset() is None


@pytest.fixture
def takeover():
    operator.may_take_over(True)
    yield
    operator.may_take_over(False)


def test_takes_over_from_the_go_operator_without_a_gap(lax_ns, nodes, takeover):
    ns = lax_ns
    images, _ = two_images()
    operator.scale(0)
    ns.apply(resource({**SMALL, "images": as_setting(images), "configMapName": "k8s-image-puller", "nodeSelector": "{}",
                       "deploymentName": NAME, "daemonsetName": NAME, "affinity": "{}", "tolerations": "[]"}))
    operator.everything_of_the_go_operator(ns, images)
    old = {pod["metadata"]["uid"] for pod in ns.wait_until_ready(nodes, images)}
    before = ns.daemonset()
    assert owners(ns) == ["Deployment"]

    with ns.watch("pods", POD_LABELS) as watch:
        wait_until(lambda: len(watch.events) >= len(nodes), message="the pods in the watch")
        operator.scale(1)
        wait_until(lambda: ns.deployment() is None, message="the old Deployment's end")
        wait_until(lambda: not ns.puller_pods(), message="the old puller's end")
        wait_for(ns, "Ready", "True")
        watch.assert_alive()
        events = list(watch.events)

    after = ns.daemonset()
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    wait_until(lambda: owners(ns) == ["KubernetesImagePuller"], message="the new owner alone")
    assert gaps(events, nodes) == []
    assert old, "there were pods before"
    for what in (("configmaps", CONFIGMAP), ("serviceaccounts", ACCOUNT), ("roles", "create-daemonset"),
                 ("rolebindings", "create-daemonset")):
        wait_until(lambda what=what: ns.get(*what) is None, message=f"no {what}")


def test_of_two_replicas_one_works_and_the_other_takes_its_place(ns):
    images, _ = two_images()
    operator.scale(2)
    ns.apply(resource({**SMALL, "imageList": image_list(images)}))
    uid = ns.wait_for_daemonset()["metadata"]["uid"]
    first = wait_until(operator.holder, message="a holder of the Lease")
    kubectl("delete", "pod", "-n", operator.NAMESPACE, first, "--wait=false")
    wait_until(lambda: operator.holder() not in ("", first), message="another holder")
    ns.kubectl("delete", "daemonset", NAME, "--cascade=background")
    ns.wait_for_daemonset(lambda found: found["metadata"]["uid"] != uid, "the DaemonSet made again")
    operator.scale(1)
