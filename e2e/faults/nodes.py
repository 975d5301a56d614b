"""Nodes that cannot take a pod: full ones, and those whose kubelet hangs."""
import os
import subprocess

from kip.namespace import is_ready
from kube.wait import wait_until


def node_of(pod):
    """Where it is to run: a pod of a DaemonSet names its node before the scheduler has agreed."""
    if "nodeName" in pod["spec"]:
        return pod["spec"]["nodeName"]
    terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0]


def images_of(pod):
    return [container["image"] for container in pod["spec"]["containers"]]


def nodes_with(world, name, *references):
    """The nodes with a Ready pod of this DaemonSet that has just these images."""
    return sorted(node_of(pod) for pod in world.pods(name) if is_ready(pod) and images_of(pod) == list(references))


def await_nodes(world, nodes, name, *references, within=60.0, more=lambda: ""):
    there = lambda: nodes_with(world, name, *references)
    wait_until(lambda: set(nodes) <= set(there()),
               lambda: f"{references} of {name} on {nodes}: is on {there()}\n{more()}", within)


def fill(world, node, but):
    """A workload that leaves this much of a node's CPU (millicores) to all others."""
    cpu = world.api.get(f"/api/v1/nodes/{node}")["status"]["allocatable"]["cpu"]
    whole = int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000
    world.api.create(f"{world.core}/pods", {"metadata": {"name": f"filler-{node}"}, "spec": {
        "nodeSelector": {"kubernetes.io/hostname": node}, "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "filler", "image": os.environ["KIP_E2E_IMAGE"], "command": ["/bin/sleep", "1h"],
                        "resources": {"requests": {"cpu": f"{whole - but}m"}}}]}})
    path = f"{world.core}/pods/filler-{node}"
    wait_until(lambda: is_ready(world.api.get(path)), lambda: f"{world.api.get(path)['status']}")


def empty(world, node):
    world.api.delete(f"{world.core}/pods/filler-{node}")


def kubelet(tool, command, node):
    subprocess.run([tool, command, node.replace("node", "kubelet")], check=True, timeout=60)
