"""The chart images-prepuller on the local cluster."""
import os
import shutil

from kip import chart
from kube.shell import ROOT

CHART = ROOT / "deploy/images-prepuller"
OF_BEFORE = ROOT / "e2e/imagesprepuller/chart"
RELEASE = "images-prepuller"
PODS = "name=prepull"


def adapt(folder):
    """Changes a copy of the chart so that each node's pod sees the folder of its own node."""
    return chart.adapt(folder, "prepuller.socketMount", "docker")


def copy_of_chart(folder):
    return adapt(shutil.copytree(CHART, folder / "images-prepuller"))


def image():
    return {**chart.image_values(os.environ["KIP_E2E_AGENT_IMAGE"]), "pullPolicy": "IfNotPresent"}


def upgrade(ns, folder, values, *args, **options):
    return chart.upgrade(ns, RELEASE, folder, values, *args, **options)


def pods(ns):
    return ns.items("pods", PODS)


def logs(ns):
    """Of the containers that pull, as users of the chart ask for them."""
    return ns.kubectl("logs", "-lname=prepull", "-c", "prepull", "--tail=-1")
