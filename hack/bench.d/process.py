"""What the kernel says about a process of a pod: memory, threads, CPU time."""
import glob
import os
import re
import time

from kube.nodes import ctr


def of_containers(node, pod_uid, executable):
    """Process ids, as seen in this process namespace, of this pod's containers that run this file."""
    found = []
    for line in ctr(node, "task", "ls").splitlines()[1:]:
        pid = line.split()[1]
        try:
            with open(f"/proc/{pid}/cgroup") as groups, open(f"/proc/{pid}/cmdline", "rb") as command:
                # The cgroup is named after the pod; the systemd driver writes _ for - in its uid.
                is_of_pod = pod_uid in groups.read().replace("_", "-")
                if is_of_pod and command.read().split(b"\0")[0].decode() == executable:
                    found.append(int(pid))
        except FileNotFoundError:
            pass  # ended meanwhile
    if found:
        return found
    raise RuntimeError(f"no process {executable} of pod {pod_uid} on {node}")


def memory(pid):
    """Bytes: Rss, Anonymous and the rest of smaps_rollup (proc(5))."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return {name: int(kib) << 10 for name, kib in re.findall(r"^(\w+): +(\d+) kB", file.read(), re.M)}


def highest_memory(pid):
    """Bytes that were resident at the most since it began; 0: it has ended."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def cpu_seconds(pid):
    """Time on a CPU, of all threads, to the nanosecond (schedstat; /proc/PID/stat counts ticks of 10 ms)."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as file:
            total += int(file.read().split()[0])
    return total / 1e9


def wait_until_quiet(pid, limit=60):
    """Until the process used under 1 ms of CPU in a second: it has worked off all that was sent to it."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before = cpu_seconds(pid)
        time.sleep(1)
        if cpu_seconds(pid) - before < 0.001:
            return
