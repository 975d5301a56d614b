#!/usr/bin/python3
"""Reads an image archive (OCI, or docker's) without a container tool.

  archive.py files ARCHIVE         type, mode, uid:gid and path of each file, sorted
  archive.py config ARCHIVE KEY    a field of the image's config, as JSON
  archive.py extract ARCHIVE DIR   the image's files
"""
import io
import json
import sys
import tarfile


def image(archive):
    """The config and the opened layers, lowest first."""
    tar = tarfile.open(archive)  # noqa: SIM115  for the life of the process
    names = {name.removeprefix("./"): name for name in tar.getnames()}

    def read(name):
        return tar.extractfile(names[name]).read()

    def blob(descriptor):
        return read("blobs/" + descriptor["digest"].replace(":", "/"))

    if "manifest.json" in names:  # docker's
        manifest = json.loads(read("manifest.json"))[0]
        config, layers = read(manifest["Config"]), map(read, manifest["Layers"])
    else:
        manifest = json.loads(blob(json.loads(read("index.json"))["manifests"][0]))
        config, layers = blob(manifest["config"]), map(blob, manifest["layers"])
    return json.loads(config), [tarfile.open(fileobj=io.BytesIO(layer)) for layer in layers]


def main(command, archive, argument=None):
    config, layers = image(archive)
    if command == "config":
        print(json.dumps(config["config"].get(argument), sort_keys=True))
    elif command == "extract":
        for layer in layers:
            layer.extractall(argument)
    else:
        kinds = {tarfile.DIRTYPE: "dir", tarfile.REGTYPE: "file", tarfile.AREGTYPE: "file"}
        lines = {}  # a later layer's entry takes the place of an earlier one's
        for layer in layers:
            for entry in layer:
                path = "/" + entry.name.removeprefix("./").strip("/")
                if path == "/" or path == "/.":  # builders differ in whether they list the root itself
                    continue
                kind = kinds.get(entry.type, "other")
                lines[path] = f"{kind} {entry.mode & 0o7777:04o} {entry.uid}:{entry.gid} {path}"
        print("\n".join(lines[path] for path in sorted(lines)))


if len(sys.argv) < 3 or sys.argv[1] not in ("files", "config", "extract"):
    sys.exit(__doc__)
main(*sys.argv[1:])
