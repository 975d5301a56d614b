"""Certificates by openssl, and kubeconfigs that use them."""
import json
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """A certificate authority of its own, in a folder."""

    def __init__(self, folder, name="faults"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN=CA {name}", "-keyout", self.key, "-out", self.certificate)

    def issue(self, name, alternative_names):
        """Paths of a certificate, and of its key."""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative_names}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                "-days", "2", "-extfile", extensions, "-out", certificate)
        return certificate, key


def write_kubeconfig(path, server, user, **cluster):
    """A kubeconfig with one of each. Keys of `cluster` have _ for -."""
    cluster = {key.replace("_", "-"): value if isinstance(value, bool) else str(value)
               for key, value in cluster.items()}
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "me", "user": user}]}
    path.write_text(json.dumps(config))  # JSON is YAML
    return path
