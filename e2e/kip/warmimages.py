"""The chart warm-images on the local cluster."""
import os

from kip import chart
from kube.shell import ROOT

OF_BEFORE = ROOT / "e2e/warmimages/chart"
RELEASE = "wi"


def adapt(folder):
    """Changes a copy of the chart so that each node's pod sees the folder of its own node."""
    return chart.adapt(folder, "warm-images.socketMount", "runtime")


def images():
    """The values that name the images under test."""
    return {"image": {"pullPolicy": "IfNotPresent"},
            "controllerImage": chart.image_values(os.environ["KIP_E2E_IMAGE"]),
            "agentImage": chart.image_values(os.environ["KIP_E2E_AGENT_IMAGE"])}


def upgrade(ns, folder, values):
    return chart.upgrade(ns, RELEASE, folder, values)
