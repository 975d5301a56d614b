"""What the nodes are, and what their own container runtimes hold."""
import os
import shlex

from kube import client
from kube.shell import run


def node_names():
    """The nodes that take any pod: two, or more. A control plane that takes none is left out."""
    return sorted(node["metadata"]["name"] for node in client.current().get("/api/v1/nodes")["items"]
                  if not any(taint["effect"] == "NoSchedule" for taint in node["spec"].get("taints", [])))


def ctr(node, *args, **options):
    """Runs containerd's client on this node."""
    command = [word.replace("{node}", node) for word in shlex.split(os.environ["KIP_E2E_CTR"])]
    return run(*command, *args, **options)


def node_images(node):
    """Reference → digest of the images that this node's containerd holds completely, unpacked for use."""
    found = {}
    for line in ctr(node, "images", "check").splitlines()[1:]:
        words = line.split()  # REF TYPE DIGEST STATUS SIZE UNPACKED, with STATUS as "complete (2/2)"
        if len(words) > 4 and words[3] == "complete" and words[-1] == "true":
            found[words[0]] = words[2]
    return found


def pinned(node):
    """The digests of the images that this node's containerd keeps from collection."""
    lines = ctr(node, "images", "ls", 'labels."io.cri-containerd.pinned"==pinned').splitlines()[1:]
    return {line.split()[2] for line in lines}
