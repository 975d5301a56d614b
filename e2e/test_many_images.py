"""A long list."""
from kip.images import add_tags, as_setting, make_image, new_reference
from kube.nodes import node_images

COUNT = 50


def test_fifty_images_are_cached_on_every_node(ns, nodes):
    first = new_reference("many")
    digest = make_image(first)
    references = add_tags(first, [f"v{number}" for number in range(COUNT)])
    images = {f"image-{number}": reference for number, reference in enumerate(references)}

    ns.install({"images": as_setting(images)})

    pods = ns.wait_until_ready(nodes, images, timeout=420)
    for pod in pods:
        assert [c["name"] for c in pod["spec"]["containers"]] == list(images), "in the order they were written"
    for node in nodes:
        held = node_images(node)
        assert {held.get(reference) for reference in references} == {digest}
    ns.wait_for_log("every image is on every node", f"images={COUNT}")
