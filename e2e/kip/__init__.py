"""Helpers of the end-to-end tests: one small module for one purpose each."""
import os
import pathlib

from kube.shell import ROOT

BINARY = pathlib.Path(os.environ.get("KIP_E2E_BINARY", ROOT / "build/release/src/cli/kubernetes-image-puller"))
AGENT_BINARY = ROOT / "build/release/src/agent/image-puller-agent"
