"""What the puller asked of the API server, read from the server's audit log. Only the local cluster keeps one."""
import json
import os
import pathlib

WRITES = {"create", "update", "patch", "delete", "deletecollection"}


def _requests_of(namespace, service_account):
    """What this account asked for so far."""
    user = f"system:serviceaccount:{namespace}:{service_account}"
    log = pathlib.Path(os.environ["KIP_CLUSTER_DIR"]) / "logs/audit.log"
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            if user not in line or not line.endswith("\n"):
                continue
            request = json.loads(line)
            if request["user"]["username"] == user:
                yield request


def writes_of_puller(namespace, service_account="k8s-image-puller"):
    """The changes that the puller of this namespace asked for so far, Events left out: (verb, resource, name)."""
    found = []
    for request in _requests_of(namespace, service_account):
        what = request.get("objectRef", {})
        if request["verb"] in WRITES and what.get("resource") != "events":
            found.append((request["verb"], what.get("resource"), what.get("name")))
    return found


def refused_to(namespace, service_account):
    """(verb, URI) of what this account asked for and was not allowed."""
    requests = list(_requests_of(namespace, service_account))
    assert requests, "an account that asked for nothing was refused nothing"
    return [(request["verb"], request["requestURI"]) for request in requests
            if request.get("responseStatus", {}).get("code") in (401, 403)]


def has_audit_log():
    return os.environ.get("KIP_E2E_CLUSTER") == "local"
