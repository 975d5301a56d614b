"""Judges relatedImages: who mirrors the operator into a network of its own copies just what is listed there."""
from csv_rules import containers
from problem import Problem, dig, objects, show


def judge_images(bundle):
    listed = {dig(image, "image", of=str) for _, image in objects(bundle.csv, "spec", "relatedImages")}
    used = []
    for where, container in containers(bundle.csv):
        used.append((f"{where}.image", dig(container, "image", of=str)))
        used += [(f"{where}.env[{i}].value", dig(variable, "value", of=str))
                 for i, variable in objects(container, "env")
                 if dig(variable, "name", of=str).startswith("RELATED_IMAGE_")]
    for where, image in used:
        if image not in listed:
            yield Problem("related-images-complete", bundle.csv_file, where, show(image),
                          "an image that is in spec.relatedImages")
