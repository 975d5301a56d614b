"""The agent as `deploy` has it run, on the local cluster: where the runtime's socket is, is known of its nodes."""
import json
import os

import yaml

from kip import BINARY
from kube.shell import run
from kube.wait import wait_until

SOCKETS = "/run/kip"  # of the local cluster: one folder for each node, by its name
SOCKET = f"{SOCKETS}/$(NODE_NAME)/containerd.sock"


def values(socket=SOCKET):
    """The chart's, for CACHE_MODE=agent."""
    return {"image": os.environ["KIP_E2E_AGENT_IMAGE"], "runtimeSocket": socket}


def manifests(ns, name, *flags, args=(), env=()):
    """What `deploy` prints for a prefetcher, with the place of the local cluster's sockets. `args`, `env` (name and
    value): more for fetch."""
    text = run(BINARY, "deploy", "--namespace", ns.name, "--image",
               os.environ["KIP_E2E_AGENT_IMAGE"], *flags, name, env={"PATH": os.environ["PATH"]})
    objects = list(yaml.safe_load_all(text))
    spec = next(found for found in objects if found["kind"] == "DaemonSet")["spec"]["template"]["spec"]
    fetch = spec["initContainers"][0]
    fetch["args"] += args
    fetch["env"] += [{"name": key, "value": value} for key, value in env]
    next(v for v in spec["volumes"] if v["name"] == "cri-socket-dir")["hostPath"]["path"] = SOCKETS
    next(m for m in fetch["volumeMounts"] if m["name"] == "cri-socket-dir")["subPathExpr"] = "$(NODE_NAME)"
    return objects


def install(ns, images, *flags, args=(), env=(), name="prefetch", labels=False):
    flags = flags if labels else ("--no-node-labels", *flags)
    ns.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
              "data": {"images.txt": "# what the nodes are to have\n" + "\n".join(images) + "\n"}},
             *manifests(ns, name, *flags, args=args, env=env))


def fetchers(ns, name="prefetch", label=""):
    """Node → status of the container that fetches, of the pods with this label or with the prefetcher's."""
    return {pod["spec"]["nodeName"]: pod["status"]["initContainerStatuses"][0]
            for pod in ns.items("pods", label or f"app={name}") if pod["status"].get("initContainerStatuses")}


def ended(status):
    """How it ended at last, also before a restart; None: it did not."""
    return status["state"].get("terminated") or status.get("lastState", {}).get("terminated")


def reports(ns, nodes, name="prefetch"):
    """Node → its results, once each node has some."""
    def there():
        found = {node: ended(status) for node, status in fetchers(ns, name).items()}
        assert sorted(found) == sorted(nodes) and all(found.values()), found
        return {node: (state["exitCode"], json.loads(state["message"])) for node, state in found.items()}
    return wait_until(there, message="the results of each node")
