"""Runs the scripts of hack/, as a user does or, where there are many cases, inside of the tests' own process."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

HACK = pathlib.Path(__file__).resolve().parents[1]
ROOT = HACK.parent


def load(name):
    """The script as a module."""
    sys.dont_write_bytecode = True  # it would lie beside the script
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(HACK / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def run(name, *args, stdin=""):
    """The finished process."""
    return subprocess.run([HACK / name, *map(str, args)], input=stdin, text=True, capture_output=True, timeout=60,
                          check=False)
