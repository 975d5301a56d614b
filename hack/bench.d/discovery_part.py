"""Discovery in a large cluster: 1,000 simulated nodes, 20,000 workloads and 50,000 pods, with a real API server. What
it takes of memory, CPU and requests, and how soon a new template is in the DaemonSet."""
import collections
import pathlib
import tempfile
import time

import process
from faults.certs import write_kubeconfig
from faults.puller import Puller
from faults.world import RULES, World
from kube.audit import WRITES, AuditLog
from kube.client import each
from simulated_cluster import SimulatedCluster

MIB = 1 << 20
IMAGES = 40              # in use; each is in the DaemonSet
NAMESPACES = 200
CONFIGMAPS = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "update"]}
FOLLOWED = [
    {"apiGroups": ["apps"], "resources": ["daemonsets", "deployments", "replicasets", "statefulsets"],
     "verbs": ["list", "watch"]},
    {"apiGroups": ["batch"], "resources": ["cronjobs", "jobs"], "verbs": ["list", "watch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
GROUP = "/apis/rbac.authorization.k8s.io/v1"


def image(number):
    return f"registry.invalid/team/app{number}:1"


def template(number, owner):
    """As large as those of charts are: labels, probes, environment."""
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    return {"metadata": {"labels": {"app": owner, "team": f"team{number % 20}"}}, "spec": {
        "nodeSelector": {"kip-bench": "no-such-node"}, "containers": [{
            "name": "app", "image": image(number % IMAGES), "livenessProbe": probe, "readinessProbe": probe,
            "env": [{"name": f"VARIABLE_{i}", "value": f"value of {i}"} for i in range(10)],
            "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}}]}}


def deployment(number):
    name = f"app{number}"
    labels = {"app": name}
    return {"metadata": {"name": name, "labels": labels}, "spec": {
        "replicas": 0, "selector": {"matchLabels": labels}, "template": template(number, name)}}


def pod(number):
    of_template = template(number, f"app{number}")
    of_template["spec"]["schedulerName"] = "nobody"  # they are followed, and cost the bench nothing more
    return {**of_template, "metadata": {**of_template["metadata"], "name": f"pod{number}"}}


def fill(cluster, workloads, pods):
    client = cluster.client
    namespace = lambda number: f"team-{number % NAMESPACES}"
    each(range(NAMESPACES), lambda i: client.create("/api/v1/namespaces", {"metadata": {"name": namespace(i)}}))
    cluster.wait(lambda: all(client.get(f"/api/v1/namespaces/{namespace(i)}/serviceaccounts/default")
                             for i in range(NAMESPACES)), "the accounts")
    each(range(workloads), lambda i: client.create(f"/apis/apps/v1/namespaces/{namespace(i)}/deployments",
                                                   deployment(i)))
    each(range(pods), lambda i: client.create(f"/api/v1/namespaces/{namespace(i)}/pods", pod(i)))


class Run:
    """The service on this cluster, with discovery or without."""

    def __init__(self, cluster, folder, nodes, **settings):
        self.client = cluster.client
        self.world = World(self.client, [*RULES, CONFIGMAPS])
        self.may_follow()
        self.audit = AuditLog(self.world.namespace, "puller", path=cluster.audit_log)
        config = write_kubeconfig(folder / "kubeconfig", self.client.server, {"token": self.world.token},
                                  certificate_authority_data=self.client.cluster["certificate-authority-data"])
        self.puller = Puller(folder, self.world.settings(
            NODE_SELECTOR="{}", CACHE_MODE="pin", REFRESH="Always", KUBECONFIG=str(config), **settings))
        self.pid, self.nodes = self.puller.pid, nodes

    def may_follow(self):
        name = self.world.namespace
        self.client.create(f"{GROUP}/clusterroles", {"metadata": {"name": name}, "rules": FOLLOWED})
        self.client.create(f"{GROUP}/clusterrolebindings", {
            "metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                                    "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": "puller", "namespace": name}]})

    def close(self):
        self.puller.end()
        for kind in ("clusterrolebindings", "clusterroles"):
            self.client.delete(f"{GROUP}/{kind}/{self.world.namespace}")
        self.world.close()

    def has(self, text):
        return text in str((self.world.daemonset() or {}).get("spec"))

    def await_rolled_out(self, images):
        """Every node has a Ready pod of the DaemonSet as it is, which has so many images beside IMAGES' own."""
        end = time.monotonic() + 300
        while not self.is_rolled_out(images):
            if time.monotonic() > end or not self.puller.is_alive():
                raise RuntimeError(f"not rolled out:\n{self.puller.log[-2000:]}")
            time.sleep(0.5)

    def is_rolled_out(self, images):
        found = self.world.daemonset()
        if not found or str(found["spec"]).count("registry.invalid/team/") != images:
            return False
        status = found["status"]
        return status.get("observedGeneration") == found["metadata"]["generation"] and \
            status.get("updatedNumberScheduled") == status.get("numberReady") == self.nodes

    def requests(self):
        time.sleep(3)  # the audit log is written behind
        return collections.Counter(
            (request["verb"], request.get("objectRef", {}).get("resource", "")) for request in self.audit.read()
            if (request["verb"] == "watch") == (request["stage"] == "ResponseStarted"))

    def changed(self, rounds, new_image):
        """Milliseconds from a new template of a Deployment that rolls out to the image in the DaemonSet."""
        times, path = [], "/apis/apps/v1/namespaces/team-0/deployments/app0"
        container = self.client.get(path)["spec"]["template"]["spec"]["containers"][0]
        for number in range(rounds):
            time.sleep(6)  # so that it does not come in the wake of the one before
            container["image"] = new_image(number)
            began = time.monotonic()
            self.client.patch(path, {"spec": {"replicas": 1, "template": {"spec": {"containers": [container]}}}})
            while not self.has(container["image"]):
                if time.monotonic() > began + 60:
                    raise RuntimeError(f"{container['image']} did not come:\n{self.puller.log[-2000:]}")
                time.sleep(0.01)
            times.append((time.monotonic() - began) * 1000)
        return times


def measure_run(cluster, nodes, images, more, **settings):
    """Peak and last resident bytes, of a run that has everything on its nodes; `more` is asked of it before its end."""
    with tempfile.TemporaryDirectory(prefix="kip-bench.") as folder:
        run = Run(cluster, pathlib.Path(folder), nodes, **settings)
        try:
            run.await_rolled_out(images)
            process.wait_until_quiet(run.pid)
            peak, last = process.highest_memory(run.pid), process.memory(run.pid)["Rss"]
            more(run)
            return peak, last
        finally:
            run.close()


def measure(table, quick):
    nodes, workloads, pods = (100, 2000, 5000) if quick else (1000, 20_000, 50_000)
    what = f"discovery, {nodes} nodes, {workloads} workloads, {pods} pods"

    def costs(run):
        began_cpu = process.cpu_seconds(run.pid)
        table.add(f"{what}: CPU until all is on the nodes", began_cpu, "s")
        requests = run.requests()
        table.add(f"{what}: requests until then", sum(requests.values()), "", None, "", ", ".join(
            f"{count} {verb} {resource}" for (verb, resource), count in sorted(requests.items())))
        table.add(f"{what}: writes", sum(count for (verb, resource), count in requests.items()
                                         if verb in WRITES and resource != "events"), "")
        time.sleep(30 if not quick else 10)
        idle = process.cpu_seconds(run.pid)
        time.sleep(30 if not quick else 10)
        idle = (process.cpu_seconds(run.pid) - idle) / (30 if not quick else 10)
        table.add(f"{what}: CPU of a second in which nothing changes", idle * 1000, "ms")
        times = run.changed(3 if quick else 10, lambda number: f"registry.invalid/other/app:{number}")
        table.add_times(f"{what}: new template → DaemonSet changed", times, 1000)

    with SimulatedCluster(1, "registry.invalid/x@sha256:" + "0" * 64, "none") as cluster:
        cluster.make_nodes(nodes)
        alone = measure_run(cluster, nodes, 0, lambda run: None)
        fill(cluster, workloads, pods)
        found = measure_run(cluster, nodes, IMAGES, costs, DISCOVER_NAMESPACES="*")
    for index, when in enumerate(("at the most", "at the end")):
        table.add(f"{what}: memory above the service's own, {when}", found[index] - alone[index], "bytes", 20 * MIB, "",
                  f"{found[index] / MIB:.1f} MiB, without {alone[index] / MIB:.1f} MiB; {IMAGES} images")
