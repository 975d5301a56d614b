"""A cluster of nodes that are not there: real etcd, kube-apiserver, kube-controller-manager and kube-scheduler, and
kwok, which plays kubelets. Beside the local cluster, whose namespaces it lives in, with ports of its own."""
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import textwrap

from faults.certs import Authority, openssl, write_kubeconfig
from kip.registry import HOST
from kube.client import Client, each
from kube.shell import ROOT, kubectl, run
from kube.wait import wait_until

ETCD, PEERS, API = 12379, 12380, 16443
SERVER = f"https://127.0.0.1:{API}"
AUDIT = ROOT / "hack/cluster.d/audit.yaml"
# What a thousand pods need to come and go; each more costs time.
CONTROLLERS = ["daemonset-controller", "garbage-collector-controller", "namespace-controller",
               "serviceaccount-controller", "serviceaccount-token-controller"]
QUICK = {"qps": 2000, "burst": 4000}  # what is slow is to be the service's own, or the pods' delay

# Stages of kwok: https://kwok.sigs.k8s.io/docs/user/stages-configuration/
# The templates are YAML.
NODE_READY = """
      conditions:
      {{ range NodeConditions }}
      - {type: {{ .type | Quote }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }},
         lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }}}
      {{ end }}
      allocatable: {cpu: 8, memory: 32Gi, pods: 110}
      capacity: {cpu: 8, memory: 32Gi, pods: 110}
      phase: Running"""
POD_READY = """
      phase: Running
      startTime: {{ Now | Quote }}
      podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
      conditions:
      {{ range $type := list "Initialized" "Ready" "ContainersReady" "PodScheduled" }}
      - {type: {{ $type }}, status: "True", lastTransitionTime: {{ Now | Quote }}}
      {{ end }}
      initContainerStatuses:
      {{ range .spec.initContainers }}
      - {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, restartCount: 0,
         state: {terminated: {exitCode: 0, reason: Completed,
                              startedAt: {{ Now | Quote }}, finishedAt: {{ Now | Quote }}}}}
      {{ end }}
      containerStatuses:
      {{ range .spec.containers }}
      - {name: {{ .name | Quote }}, image: {{ .image | Quote }}, {{ if ne .name "UNTOLD" }}imageID: "IMAGE_ID",{{ end }}
         ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ Now | Quote }}}}}
      {{ end }}"""


def stages(pod_seconds, image_id, untold):
    written = lambda template: {"statusTemplate": textwrap.dedent(
        template.replace("IMAGE_ID", image_id).replace("UNTOLD", untold))}
    pods = {"apiGroup": "v1", "kind": "Pod"}
    gone = lambda operator: {"key": ".metadata.deletionTimestamp", "operator": operator}
    of = {
        "node-ready": {
            "resourceRef": {"apiGroup": "v1", "kind": "Node"},
            "selector": {"matchExpressions": [{"key": '.status.conditions.[] | select( .type == "Ready" ) | .status',
                                               "operator": "NotIn", "values": ["True"]}]},
            "next": written(NODE_READY)},
        "pod-ready": {
            "resourceRef": pods, "delay": {"durationMilliseconds": int(pod_seconds * 1000)},
            "selector": {"matchExpressions": [gone("DoesNotExist"),
                                              {"key": ".status.podIP", "operator": "DoesNotExist"}]},
            "next": written(POD_READY)},
        "pod-deleted": {"resourceRef": pods, "selector": {"matchExpressions": [gone("Exists")]},
                        "next": {"finalizers": {"empty": True}, "delete": True}}}
    return [{"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Stage", "metadata": {"name": name}, "spec": spec}
            for name, spec in of.items()]


class SimulatedCluster:
    """All pods are Ready `pod_seconds` after they got their node, and tell this imageID of each container but the one
    named `untold`, whose image is to move: no stage can know to which digest."""

    def __init__(self, pod_seconds, image_id, untold):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kip-bench."))
        self.processes, self.client = [], None
        self.audit_log = self.folder / "audit.log"
        self.kwok = os.path.join(run(ROOT / "hack/build-tools", "--scale", "--print").strip(), "kwok")
        try:
            self.start(stages(pod_seconds, image_id, untold))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def launch(self, *command):
        with open(self.folder / f"{pathlib.Path(command[0]).name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=log, cwd=self.folder))

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))  # JSON is YAML
        return path

    def wait(self, condition, what):
        """For what comes only while all processes live."""
        def holds():
            for process in self.processes:
                if process.poll() is not None:
                    name = pathlib.Path(process.args[0]).name
                    raise RuntimeError(f"{name} ended: {(self.folder / f'{name}.log').read_text()[-1000:]}")
            return condition()
        return wait_until(holds, what, timeout=300, poll=0.5)

    def start(self, of_kwok):
        authority, token = Authority(self.folder), secrets.token_hex(16)
        certificate, key = authority.issue("apiserver", "IP:127.0.0.1")
        kubeconfig = write_kubeconfig(self.folder / "kubeconfig", SERVER, {"token": token},
                                      certificate_authority=authority.certificate)
        public = self.folder / "faults.pub"
        openssl("pkey", "-in", authority.key, "-pubout", "-out", public)
        self.launch("etcd", "--data-dir", "etcd", "--unsafe-no-fsync", "--quota-backend-bytes", 6 << 30,
                    "--listen-client-urls", f"http://127.0.0.1:{ETCD}", "--advertise-client-urls",
                    f"http://127.0.0.1:{ETCD}", "--listen-peer-urls", f"http://127.0.0.1:{PEERS}")
        self.launch("kube-apiserver", f"--etcd-servers=http://127.0.0.1:{ETCD}", f"--secure-port={API}",
                    f"--advertise-address={HOST}", f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
                    f"--cert-dir={self.folder}/made", "--service-cluster-ip-range=10.97.0.0/16",
                    "--service-account-issuer=https://kubernetes.default.svc",
                    f"--service-account-key-file={public}",
                    f"--service-account-signing-key-file={authority.key}",
                    f"--token-auth-file={self.file('tokens', f'{token},admin,admin,system:masters')}",
                    "--authorization-mode=RBAC", "--endpoint-reconciler-type=none",
                    "--enable-priority-and-fairness=false", "--max-requests-inflight=0",
                    "--max-mutating-requests-inflight=0",
                    # Else nodes begin with a taint that a controller would have to take away.
                    "--disable-admission-plugins=TaintNodesByCondition",
                    f"--audit-policy-file={AUDIT}", f"--audit-log-path={self.audit_log}")
        self.client = Client(json.loads(kubectl("--kubeconfig", kubeconfig, "config", "view", "--raw", "--minify",
                                                "--flatten", "-o", "json")), timeout=120)
        self.wait(self.client.is_ready, "the API server")
        self.launch("kube-controller-manager", "--kubeconfig", kubeconfig, "--leader-elect=false",
                    f"--service-account-private-key-file={authority.key}", "--use-service-account-credentials=true",
                    f"--controllers={','.join(CONTROLLERS)}", f"--kube-api-qps={QUICK['qps']}",
                    f"--kube-api-burst={QUICK['burst']}", "--concurrent-daemonset-syncs=4", "--secure-port=0",
                    f"--flex-volume-plugin-dir={self.folder}/flex-volumes")
        self.launch("kube-scheduler", "--secure-port=0", "--config", self.file("scheduler", {
            "apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
            "leaderElection": {"leaderElect": False}, "clientConnection": {"kubeconfig": str(kubeconfig), **QUICK}}))
        config = self.file("kwok", "\n---\n".join(map(json.dumps, of_kwok)))
        self.launch(self.kwok, "--kubeconfig", kubeconfig, "--config", config, "--manage-all-nodes=true",
                    "--node-lease-duration-seconds=0", "--server-address=")
        self.wait(lambda: self.client.get("/api/v1/namespaces/default/serviceaccounts/default"), "an account")

    def make_nodes(self, count):
        """And waits until they are Ready."""
        nodes = self.client.get("/api/v1/nodes")["items"]
        each(range(len(nodes), count), lambda i: self.client.create("/api/v1/nodes", {
            "metadata": {"name": f"simulated{i}", "labels": {"kubernetes.io/hostname": f"simulated{i}"}}}))
        self.wait(lambda: sum(map(is_ready, self.client.get("/api/v1/nodes")["items"])) >= count, "the nodes")


def is_ready(node):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node.get("status", {}).get("conditions", []))
