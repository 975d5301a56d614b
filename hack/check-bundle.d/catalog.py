"""Judges a file-based catalog: its objects, and the graph of upgrades that they make."""
import pathlib

import yaml

import schema
from bundle import what_is_wrong
from formats import in_range, is_range, is_semver
from kubeyaml import Loader
from problem import NOTHING, Problem, dig, objects, show, strings


def judge_catalog(path, bundle):
    file = pathlib.Path(path).name
    try:
        documents = list(yaml.load_all(pathlib.Path(path).read_text(encoding="utf-8"), Loader))
    except OSError as error:
        return [Problem("catalog-file", file, "", error.strerror, "a file-based catalog")]
    except yaml.YAMLError as error:
        return [Problem("catalog-yaml", file, *what_is_wrong(error), "YAML")]
    schemas, problems = schema.load("catalog"), []
    of = {kind: [] for kind in schemas}
    for i, document in enumerate(documents):
        kind = dig(document, "schema", of=str)
        if kind in schemas:
            of[kind].append(document)
            within = f"{kind} {dig(document, 'name', of=str)}: "
            problems += schema.judge(file, document, schemas[kind], within)
        else:
            problems.append(Problem("catalog-schema", file, f"document {i + 1}: schema", show(kind or None),
                                    ", ".join(schemas)))
    return problems + list(judge_graph(file, of)) + list(judge_bundle(file, of, bundle))


def names(found):
    return [dig(item, "name", of=str) for item in found]


def judge_graph(file, of):
    channels, bundles = names(of["olm.channel"]), names(of["olm.bundle"])
    if len(of["olm.package"]) != 1:
        yield Problem("catalog-package", file, "olm.package", f"{len(of['olm.package'])} of them", "one")
    for package in of["olm.package"]:
        default = dig(package, "defaultChannel", of=str)
        if default and default not in channels:
            yield Problem("catalog-default-channel", file, "olm.package: defaultChannel", show(default),
                          f"one of the channels: {show(channels)}")
    for kind, listed in (("olm.channel", channels), ("olm.bundle", bundles)):
        for name in sorted({name for name in listed if listed.count(name) > 1}):
            yield Problem("catalog-twice", file, f"{kind} {name}", f"{listed.count(name)} of this name", "one")
    in_channels = {name for channel in of["olm.channel"] for name in names(dig(channel, "entries", of=list))}
    for name in bundles:
        if name not in in_channels:
            yield Problem("catalog-dangling", file, f"olm.bundle {name}", "in no channel", "an entry of a channel")
    for channel in of["olm.channel"]:
        yield from judge_channel(file, channel, bundles)


def version_of(name):
    """The version in the name of a bundle, or None."""
    found = name.partition(".v")[2]
    return found if is_semver(found) else None


def judge_channel(file, channel, bundles):
    where = f"olm.channel {dig(channel, 'name', of=str)}"
    entries = [entry for _, entry in objects(channel, "entries")]
    listed, passed = names(entries), set()
    for i, entry in enumerate(entries):
        name, at = listed[i], f"{where}: entries[{i}]"
        if name in listed[:i]:
            yield Problem("catalog-twice", file, f"{at}.name", show(name), "each bundle once")
        if name not in bundles:
            yield Problem("catalog-dangling", file, f"{at}.name", show(name), "the name of an olm.bundle")
        replaced = dig(entry, "replaces", of=str)
        if replaced:
            passed.add(replaced)
            if replaced not in listed:
                yield Problem("catalog-replaces", file, f"{at}.replaces", show(replaced), "an entry of this channel")
        for j, skipped in enumerate(strings(entry, "skips")):
            passed.add(skipped)
            if skipped not in listed:
                yield Problem("catalog-skips", file, f"{at}.skips[{j}]", show(skipped), "an entry of this channel")
        span = dig(entry, "skipRange", of=str)
        if span and is_range(span):
            others = {other for other in listed if other != name and version_of(other)
                      and in_range(version_of(other), span)}
            passed |= others
            if not others:
                yield Problem("catalog-skip-range", file, f"{at}.skipRange", show(span),
                              "a range that holds another entry of this channel")
    loop = find_loop(entries)
    heads = [name for name in listed if name not in passed]
    if loop:
        yield Problem("catalog-loop", file, where, " replaces ".join(loop), "no bundle that replaces itself")
    elif len(heads) != 1:
        yield Problem("catalog-head", file, where, show(heads), "one bundle that no other replaces or skips")


def find_loop(entries):
    """The names of a loop of replaces, its first again at the end, or nothing."""
    replaces = {dig(entry, "name", of=str): dig(entry, "replaces", of=str) for entry in entries}
    for start in replaces:
        path = [start]
        while (following := replaces.get(path[-1])) and following not in path:
            path.append(following)
        if following == start:
            return [*path, start]
    return []


def judge_bundle(file, of, bundle):
    name, version = dig(bundle.csv, "metadata", "name", of=str), dig(bundle.csv, "spec", "version", of=str)
    mine = [found for found in of["olm.bundle"] if dig(found, "name", of=str) == name]
    if not mine:
        yield Problem("catalog-has-bundle", file, "olm.bundle", show(names(of["olm.bundle"])) if of["olm.bundle"]
                      else NOTHING, f"one named {name}, as the bundle")
    for found in mine:
        told = [dig(entry, "value", "version", of=str) for _, entry in objects(found, "properties")
                if entry.get("type") == "olm.package"]
        if told and told != [version]:
            yield Problem("catalog-bundle-version", file, f"olm.bundle {name}: olm.package", show(told), version)
