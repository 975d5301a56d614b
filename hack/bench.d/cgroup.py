"""A control group with the limits that a kubelet would set for a container, for a process that runs without one."""
import os
import re

ROOT = "/sys/fs/cgroup"
UNITS = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
PERIOD = 100_000  # µs, as the kubelet has it


def cores(quantity):
    """500m → 0.5"""
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def size(quantity):
    """256Mi → bytes"""
    number, unit = re.fullmatch(r"(\d+)(\w*)", quantity).groups()
    return int(number) * UNITS[unit]


class Group:
    """`limits` as a container's resources have them: {"cpu": "500m", "memory": "256Mi"}. Of version 1 or 2, whichever
    the machine has."""

    def __init__(self, name, limits):
        self.unified = os.path.exists(f"{ROOT}/cgroup.controllers")
        self.folders = [f"{ROOT}/{name}"] if self.unified else [f"{ROOT}/{part}/{name}" for part in ("cpu", "memory")]
        if self.unified:
            self.write(f"{ROOT}/cgroup.subtree_control", "+cpu +memory")
        for folder in self.folders:
            os.makedirs(folder, exist_ok=True)
        quota, memory = int(cores(limits["cpu"]) * PERIOD), size(limits["memory"])
        if self.unified:
            self.write(f"{self.folders[0]}/cpu.max", f"{quota} {PERIOD}")
            self.write(f"{self.folders[0]}/memory.max", memory)
        else:
            self.write(f"{self.folders[0]}/cpu.cfs_period_us", PERIOD)
            self.write(f"{self.folders[0]}/cpu.cfs_quota_us", quota)
            self.write(f"{self.folders[1]}/memory.limit_in_bytes", memory)

    @staticmethod
    def write(path, value):
        with open(path, "w") as file:
            file.write(str(value))

    def enter(self):
        """For a child, before it executes."""
        for folder in self.folders:
            self.write(f"{folder}/cgroup.procs", os.getpid())

    def remove(self):
        for folder in self.folders:
            os.rmdir(folder)
