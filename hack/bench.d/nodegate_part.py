"""How long a node's taint stays after its images are there: the gate of nodes, on a real node."""
import time

from kip.namespace import is_ready
from kube.shell import kubectl
from kube.watch import Watch
from service import NAMESPACE, PODS, Service

KEY = "kip-bench/not-warm"
NODE = "node2"
NODES = "/api/v1/nodes"


def is_tainted(event):
    return any(taint["key"] == KEY for taint in event.object["spec"].get("taints", []))


def put_taint():
    kubectl("taint", "node", NODE, f"{KEY}:NoSchedule", "--overwrite")


def after_ready(client, rounds):
    """Milliseconds from the event of a pod that is Ready to that of the node without its taint, each as it arrives at a
    watch. The pod before goes first, so that the node is not warm."""
    found = []
    with Watch(client, NODES, fieldSelector=f"metadata.name={NODE}") as node, \
            Watch(client, PODS, fieldSelector=f"spec.nodeName={NODE}",
                  labelSelector="app.kubernetes.io/name=image-puller") as pods:
        for _ in range(rounds):
            since, since_pods = len(node.events), len(pods.events)
            kubectl("-n", NAMESPACE, "delete", "pod", "-l", "app.kubernetes.io/name=image-puller",
                    "--field-selector", f"spec.nodeName={NODE}", "--wait=false")
            put_taint()
            tainted = node.wait_for(is_tainted, "the taint", since=since)
            ready = pods.wait_for(lambda e, after=tainted.time: e.time > after and is_ready(e.object), "a Ready pod",
                                  since=since_pods)
            gone = node.wait_for(lambda e, after=tainted.time: e.time > after and not is_tainted(e), "the taint to go",
                                 since=since)
            found.append(max(0, (gone.time - ready.time) * 1000))
            time.sleep(0.5)  # the condition is written, too
    return found


def of_warm_node(client, rounds):
    """Milliseconds from the event of the taint on a node that has its images to that without it."""
    found = []
    with Watch(client, NODES, fieldSelector=f"metadata.name={NODE}") as node:
        for _ in range(rounds):
            since = len(node.events)
            put_taint()
            tainted = node.wait_for(is_tainted, "the taint", since=since)
            gone = node.wait_for(lambda e, after=tainted.time: e.time > after and not is_tainted(e), "the taint to go",
                                 since=since)
            found.append((gone.time - tainted.time) * 1000)
            time.sleep(5.1)  # as often as the service is willing to, in the long run
    return found


def measure(table, root, client, quick):
    service = Service(root, client)
    service.remove()
    service.push()
    try:
        service.install(more={"nodeGate": {"taint": f"{KEY}:NoSchedule"}})
        service.wait_for_cached()
        table.add_times("node gate: pod Ready → taint gone", after_ready(client, 5 if quick else 20), 50,
                        p99_limit=100)
        table.add_times("node gate: taint put on a warm node → gone", of_warm_node(client, 5), 50)
    except Exception:
        print(service.last_words())
        raise
    finally:
        kubectl("taint", "node", NODE, f"{KEY}-", check=False)
        service.remove()
