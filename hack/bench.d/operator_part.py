"""What hack/bench measures of the operator, and the limits."""
import json
import os

import operator_memory
import operator_scale
import process
from kube.shell import run

MIB, KIB = 1 << 20, 1 << 10


def measure_cost(table, root):
    """In clusters that are too large to have here, with a fake API server."""
    found = json.loads(run(os.path.join(root, "build/release/src/operator/operator_bench"), timeout=1800))
    table.add("operator: CPU for an event of a pod, 5000 nodes, 20 images", found["pod_event_ms"], "ms", 2)
    table.add("operator: heap for the pods of 20 resources on 500 nodes", found["pods_bytes"], "bytes", 16 * MIB)


class Run:
    """One run of the operator with the limits that it ships with, and its rows in the table."""

    def __init__(self, table, operator, when):
        self.table, self.when = table, when
        self.running = operator.run(operator_scale.limits(operator.root))
        self.sampler = operator_scale.Sampler(self.running)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sampler.close()
        died, warnings = self.sampler.died_after, self.running.said("level=warn")
        if died is not None:
            self.add("ended by the kernel", 1, "time", 0, f"after {died:.0f} s")
        self.add("resident at most", self.sampler.resident, "bytes", operator_scale.MEMORY_AT_MOST)
        self.add("descriptors at most", self.sampler.descriptors, "", operator_memory.SOFT_DESCRIPTORS // 2)
        self.add("Lease lost", self.running.said("lost the Lease"), "times", 0, f"{warnings} warnings")
        self.running.end()

    def add(self, figure, value, unit, limit=None, detail=""):
        self.table.add(f"operator, {self.when}: {figure}", value, unit, limit, "", detail)

    def resident(self):
        """When it is quiet."""
        operator_scale.settle(self.running)
        return process.memory(self.running.pid)["Rss"] if self.running.is_alive() else None


def measure_resources(table, root, client, quick):
    """A first start with all resources there, then a restart. None of them matches a node."""
    count, namespaces, limit = (200, 60, 120) if quick else (1000, 300, 300)
    operator = operator_memory.Operator(root, client)
    resources = operator_scale.Resources(client, count, namespaces)
    try:
        idle = operator.measure()["Rss"]
        resources.make()
        with Run(table, operator, f"{count} new resources") as first:
            made, seconds = operator_scale.seconds_until_made(client, first.sampler, count, limit)
            first.add("DaemonSets missing", count - made, "", 0, f"{made} made")
            first.add("start → the last one made", seconds, "s")
            many = first.resident()
            if many:
                first.add("resident, quiet", many, "bytes", 64 * MIB)
                first.add("resident, each resource", (many - idle) / count, "bytes", 56 * KIB,
                          f"{idle / MIB:.2f} MiB without any")
        missing = resources.delete_daemonsets(100)
        requests = operator_scale.Requests()
        with Run(table, operator, f"{count} resources, restart") as again:
            seconds = requests.seconds_until_quiet(again.sampler, limit)
            again.add("start → last request", seconds, "s", 60,
                      f"{requests.count} requests, {missing} DaemonSets made again")
    finally:
        operator_memory.remove(client, namespaces)


def measure_namespaces(table, root, client, quick):
    """One resource in a small cluster, then in one of many namespaces, then many resources."""
    namespaces, resources = (200, 20) if quick else (3000, 100)
    operator = operator_memory.Operator(root, client)
    try:
        operator_memory.make_namespaces(client, 0, 1)
        operator_memory.make_resources(client, 0, 1)
        small = operator.measure()["Rss"]
        table.add("operator: resident, 1 resource", small, "bytes", 10 * MIB)
        operator_memory.make_namespaces(client, 1, namespaces)
        large = operator.measure()["Rss"]
        table.add(f"operator: the same among {namespaces} namespaces, ratio", large / small, "", 1.1, "",
                  f"{large / MIB:.2f} MiB")
        operator_memory.make_resources(client, 1, resources)
        many = operator.measure()["Rss"]
        table.add("operator: resident, each further resource", (many - large) / (resources - 1), "bytes", None, "",
                  f"{many / MIB:.2f} MiB with {resources}")
    finally:
        operator_memory.remove(client, namespaces)
