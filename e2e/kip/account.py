"""Somebody who may do no more than a Role says."""
import os

import yaml

from kube.shell import run


def account_environment(ns, folder, *role):
    """The environment of somebody whose kubeconfig has these rights in the namespace: flags of `kubectl create role`.
    The API server takes a moment until it knows of them."""
    ns.kubectl("create", "serviceaccount", "reader")
    ns.kubectl("create", "role", "reader", *role)
    ns.kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={ns.name}:reader")
    token = ns.kubectl("create", "token", "reader").strip()
    config = yaml.safe_load(run("kubectl", "config", "view", "--raw", "--flatten"))
    config["users"] = [{"name": user["name"], "user": {"token": token}} for user in config["users"]]
    (folder / "config").write_text(yaml.safe_dump(config), encoding="utf-8")
    return {**os.environ, "KUBECONFIG": str(folder / "config")}
