"""Judges bundle.Dockerfile: an image of nothing but the bundle, with the annotations as labels."""
import re
import shlex

from problem import NOTHING, Problem, dig, show

FOLDERS = {"/manifests/": "manifests", "/metadata/": "metadata", "/tests/scorecard/": "tests/scorecard"}


def instructions(text):
    """(INSTRUCTION, rest) of each line, continued lines put together."""
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word and not word.startswith("#"):
            yield word.upper(), rest.strip()


def judge_dockerfile(bundle):
    if bundle.dockerfile is None:
        return
    file, lines = bundle.dockerfile_name, list(instructions(bundle.dockerfile))
    bases = [rest for word, rest in lines if word == "FROM"]
    if bases != ["scratch"]:
        yield Problem("dockerfile-from", file, "FROM", show(bases) if bases else NOTHING, "scratch, once")
    labels = {key: value for word, rest in lines if word == "LABEL"
              for key, _, value in (pair.partition("=") for pair in shlex.split(rest))}
    for key, value in dig(bundle.annotations, "annotations").items():
        if labels.get(key) != value:
            yield Problem("dockerfile-labels", file, f"LABEL {key}", show(labels.get(key)),
                          f"{show(value)}, as in metadata/annotations.yaml")
    copied = {words[-1]: words[-2].rstrip("/") for word, rest in lines if word == "COPY"
              if len(words := rest.split()) >= 2}
    for target, source in FOLDERS.items():
        found = copied.get(target, "")
        if found != source and not found.endswith(f"/{source}"):
            yield Problem("dockerfile-copy", file, f"COPY … {target}", show(copied.get(target)), f"the folder {source}")
