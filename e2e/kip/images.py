"""Puts images into the cluster's registries, by the registries' own HTTP API.

An image is made here from nothing but one small file, so that it costs no builder, and nothing of another test is in
it: like an image made FROM scratch, it holds neither a shell nor libraries."""
import base64
import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import tarfile
import urllib.error
import urllib.request
import uuid

REGISTRY = os.environ.get("KIP_E2E_REGISTRY", "")
PRIVATE_REGISTRY = os.environ.get("KIP_E2E_PRIVATE_REGISTRY", "")
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def _request(method, registry, path, body=None, content_type="application/octet-stream"):
    url = path if path.startswith("http") else f"http://{registry}{path}"
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": content_type})
    if registry == PRIVATE_REGISTRY:
        word = f"{os.environ['KIP_E2E_REGISTRY_USER']}:{os.environ['KIP_E2E_REGISTRY_PASSWORD']}"
        request.add_header("Authorization", "Basic " + base64.b64encode(word.encode()).decode())
    return urllib.request.urlopen(request, timeout=60)


def _digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _put_blob(registry, repository, data):
    with _request("POST", registry, f"/v2/{repository}/blobs/uploads/", b"") as answer:
        place = answer.headers["Location"]
    if place.startswith("/"):
        place = f"http://{registry}{place}"
    separator = "&" if "?" in place else "?"
    _request("PUT", registry, f"{place}{separator}digest={_digest(data)}", data).close()
    return {"digest": _digest(data), "size": len(data)}


def _layer(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, (mode, content) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def split(reference):
    """host:port/repository:tag → registry, repository, tag."""
    registry, rest = reference.split("/", 1)
    repository, _, tag = rest.rpartition(":")
    return registry, repository, tag


def make_image(reference, size=1024, user="", files=None, env=(), architecture=""):
    """Pushes an image of one file of so many random bytes, whose configuration names this user. Returns its digest.

    With files (path → (mode, content)), of these; env as NAME=VALUE. Without an architecture, for this machine. A
    reference that is there already is moved to the new image."""
    registry, repository, tag = split(reference)
    diff = _layer(files or {"payload": (0o444, os.urandom(size))})
    layer = _put_blob(registry, repository, gzip.compress(diff, 1, mtime=0))
    config = _put_blob(registry, repository, json.dumps({
        "architecture": architecture or ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
        "config": {"User": user, "Entrypoint": ["/payload"], "Env": list(env)},
        "rootfs": {"type": "layers", "diff_ids": [_digest(diff)]}}).encode())
    manifest = _manifest(config, [layer], "+gzip")
    _put_manifest(registry, repository, tag, manifest)
    return _digest(manifest)


def tar_of(files):
    """A layer, unpacked: path → (mode, content)."""
    return _layer(files)


def make_image_of_layers(reference, diffs, seen=()):
    """Pushes an image of these layers, the lowest first. Returns the bytes of its blobs that are not in `seen`, a set
    of digests, and adds them."""
    registry, repository, tag = split(reference)
    layers = [_put_blob(registry, repository, gzip.compress(diff, 1, mtime=0)) for diff in diffs]
    config = _put_blob(registry, repository, json.dumps({
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
        "config": {"Entrypoint": ["/payload"]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(diff) for diff in diffs]}}).encode())
    _put_manifest(registry, repository, tag, _manifest(config, layers, "+gzip"))
    fresh = {blob["digest"]: blob["size"] for blob in [config, *layers] if blob["digest"] not in seen}
    if isinstance(seen, set):
        seen.update(fresh)
    return sum(fresh.values())


def make_zstd_image(reference, diff):
    """Pushes an image of one layer that zstd packed."""
    registry, repository, tag = split(reference)
    packed = subprocess.run(["zstd", "-q", "-c"], input=diff, capture_output=True, check=True).stdout
    config = _put_blob(registry, repository, json.dumps({
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [_digest(diff)]}}).encode())
    _put_manifest(registry, repository, tag, _manifest(config, [_put_blob(registry, repository, packed)], "+zstd"))


def put_large_blob(reference, size):
    """Pushes an image of one layer of so many zeros, unpacked, without having it in memory."""
    registry, repository, tag = split(reference)
    digest, piece = hashlib.sha256(), bytes(1_000_000)
    for _ in range(size // len(piece)):
        digest.update(piece)
    digest = "sha256:" + digest.hexdigest()
    with _request("POST", registry, f"/v2/{repository}/blobs/uploads/", b"") as answer:
        place = answer.headers["Location"]
    url = (f"http://{registry}{place}" if place.startswith("/") else place)
    request = urllib.request.Request(f"{url}{'&' if '?' in url else '?'}digest={digest}", method="PUT",
                                     data=(piece for _ in range(size // len(piece))),
                                     headers={"Content-Length": str(size), "Content-Type": "application/octet-stream"})
    urllib.request.urlopen(request, timeout=600).close()
    config = _put_blob(registry, repository, json.dumps({
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest]}}).encode())
    _put_manifest(registry, repository, tag, _manifest(config, [{"digest": digest, "size": size}]))


def _manifest(config, layers, packing=""):
    return json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
        "layers": [{"mediaType": f"application/vnd.oci.image.layer.v1.tar{packing}", **layer}
                   for layer in layers]}).encode()


def make_artifact(reference, content):
    """Pushes an OCI artifact that is no image, as models are: one file as it is, and no configuration."""
    registry, repository, tag = split(reference)
    layer = _put_blob(registry, repository, content)
    config = _put_blob(registry, repository, b"{}")
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "artifactType": "application/vnd.example.model.v1",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", **config},
        "layers": [{"mediaType": "application/vnd.example.weights.v1", **layer}]}).encode()
    _put_manifest(registry, repository, tag, manifest)
    return _digest(manifest)


def _put_manifest(registry, repository, tag, manifest):
    _request("PUT", registry, f"/v2/{repository}/manifests/{tag}", manifest, MANIFEST_TYPE).close()


def manifest_of(reference):
    """What the open registry has of an image made here, as bytes."""
    registry, repository, tag = split(reference)
    request = urllib.request.Request(f"http://{registry}/v2/{repository}/manifests/{tag}",
                                     headers={"Accept": MANIFEST_TYPE})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def add_tags(reference, tags):
    """Gives the image of this reference further tags; returns the references."""
    registry, repository, _ = split(reference)
    manifest = manifest_of(reference)
    for other in tags:
        _put_manifest(registry, repository, other, manifest)
    return [f"{registry}/{repository}:{other}" for other in tags]


def delete_manifest(reference, digest):
    """Takes the manifest out of its registry, and so every tag of it."""
    registry, repository, _ = split(reference)
    _request("DELETE", registry, f"/v2/{repository}/manifests/{digest}").close()


def new_reference(name="image", registry=None):
    """A reference that no other test and no other run uses, so that no node has it."""
    return f"{registry or REGISTRY}/e2e/{name}-{uuid.uuid4().hex[:10]}:1"


def as_setting(images):
    """name → reference, as IMAGES wants it."""
    return "".join(f"{name}={reference};" for name, reference in images.items())
