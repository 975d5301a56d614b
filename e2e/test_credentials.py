"""Pull secrets with a prefix: their images are in a DaemonSet of its own, and never without a holder on their way."""
from kip.images import PRIVATE_REGISTRY, REGISTRY, as_setting, make_image, new_reference
from kip.namespace import NAME, POD_LABELS, is_ready
from kube.wait import wait_until


def daemonsets(ns):
    """Of the puller, by name: the references that each holds, and its pull secrets."""
    found = {}
    for each in ns.items("daemonsets", "app.kubernetes.io/name=image-puller"):
        if "deletionTimestamp" not in each["metadata"]:
            spec = each["spec"]["template"]["spec"]
            found[each["metadata"]["name"]] = ({c["image"] for c in spec["containers"]},
                                               [s["name"] for s in spec.get("imagePullSecrets", [])])
    return found


def holders(pods, reference):
    """The nodes on which a pod that is Ready has the image."""
    return sorted({p["spec"]["nodeName"] for p in pods
                   if is_ready(p) and any(c["image"] == reference for c in p["spec"]["containers"])})


def gaps(events, reference, nodes):
    """(event, node) of each time after which a node had no Ready pod with the image, though it had one before."""
    having, found = {node: set() for node in nodes}, []
    for number, event in enumerate(events):
        pod = event.object
        node = pod["spec"].get("nodeName")
        if node not in having:
            continue
        had = bool(having[node])
        having[node].discard(event.uid)
        if event.type != "DELETED" and holders([pod], reference):
            having[node].add(event.uid)
        if had and not having[node]:
            found.append((number, node))
    return found


def test_a_private_image_has_a_daemonset_of_its_own_and_moves_without_a_gap(ns, nodes):
    private, public = new_reference("private", PRIVATE_REGISTRY), new_reference("public")
    for reference in (private, public):
        make_image(reference)
    for secret in ("pull", "other"):
        ns.create_pull_secret(secret)

    def wait_for(expected):
        """`expected`: for each set of secrets the images that its DaemonSet holds; no other DaemonSet is there."""
        def settled():
            found = daemonsets(ns)
            assert sorted(found.values(), key=str) == sorted(((set(i), s) for s, i in expected), key=str), found
            for reference in (private, public):
                assert holders(ns.pods(), reference) == sorted(nodes), reference
            return found
        return wait_until(settled, message=f"DaemonSets with {expected}")

    with ns.watch("pods", POD_LABELS) as watch:
        ns.install({"images": as_setting({"private": private, "public": public}),
                    "imagePullSecrets": f"{PRIVATE_REGISTRY}=pull",
                    "insecureRegistries": [REGISTRY, PRIVATE_REGISTRY]})
        first = wait_for([(["pull"], [private]), ([], [public])])
        assert first[NAME] == ({public}, []), "the plain name is that of the images without a secret"

        ns.change_settings(IMAGE_PULL_SECRETS=f"{PRIVATE_REGISTRY}=other")
        wait_for([(["other"], [private]), ([], [public])])

        ns.change_settings(IMAGE_PULL_SECRETS="pull;other")
        wait_for([(["pull", "other"], [private, public])])

        ns.change_settings(IMAGE_PULL_SECRETS=f"{PRIVATE_REGISTRY}=pull")
        assert wait_for([(["pull"], [private]), ([], [public])]) == first, "names stay"
        watch.assert_alive()
        events = list(watch.events)

    for reference in (private, public):
        assert gaps(events, reference, nodes) == []


def test_a_secret_that_does_not_work_moves_nothing(ns, nodes):
    """The image is not given up for a DaemonSet that cannot pull it."""
    private, public = new_reference("private", PRIVATE_REGISTRY), new_reference("public")
    for reference in (private, public):
        make_image(reference)
    ns.create_pull_secret("pull")
    ns.install({"images": as_setting({"private": private, "public": public}), "imagePullSecrets": "pull"})
    ns.wait_until_ready(nodes)

    ns.change_settings(IMAGE_PULL_SECRETS=f"{PRIVATE_REGISTRY}=missing")
    ns.wait_for_log("an image cannot be pulled", private)
    assert holders(ns.pods(), private) == sorted(nodes)
    assert daemonsets(ns)[NAME] == ({private, public}, ["pull"])

    ns.change_settings(IMAGE_PULL_SECRETS=f"{PRIVATE_REGISTRY}=pull")
    wait_until(lambda: daemonsets(ns)[NAME] == ({public}, []), message="the private image in a DaemonSet of its own")
    assert holders(ns.pods(), private) == sorted(nodes)
