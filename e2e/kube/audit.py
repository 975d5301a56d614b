"""What a service account asked of the API server, from the server's audit log, which only the local cluster keeps."""
import json
import os

WRITES = {"create", "update", "patch", "delete", "deletecollection"}


def has_audit_log():
    return os.environ.get("KIP_E2E_CLUSTER") == "local"


class AuditLog:
    """The requests of one service account: all that there were, or with `from_now` those that are still to come. `path`
    is the log of another API server than the local cluster's."""

    def __init__(self, namespace, service_account, from_now=False, path=None):
        self._path = path or os.path.join(os.environ["KIP_CLUSTER_DIR"], "logs/audit.log")
        self._offset = os.path.getsize(self._path) if from_now else 0
        self._user = f"system:serviceaccount:{namespace}:{service_account}"
        self._requests = []

    def read(self):
        """The requests so far, each as an Event of audit.k8s.io/v1. The log is written up to a second behind."""
        user = self._user.encode()
        with open(self._path, "rb") as log:
            log.seek(self._offset)
            for line in log:
                if not line.endswith(b"\n"):
                    break  # being written
                self._offset += len(line)
                if user in line:
                    request = json.loads(line)
                    if request["user"]["username"] == self._user:
                        self._requests.append(request)
        return self._requests

    def writes(self):
        """The changes that were asked for, Events left out: (verb, resource, name)."""
        found = [(request["verb"], request.get("objectRef", {})) for request in self.read()]
        return [(verb, what.get("resource"), what.get("name")) for verb, what in found
                if verb in WRITES and what.get("resource") != "events"]

    def refused(self):
        """(verb, URI) of what was asked for and not allowed."""
        requests = self.read()
        assert requests, "an account that asked for nothing was refused nothing"
        return [(request["verb"], request["requestURI"]) for request in requests
                if request.get("responseStatus", {}).get("code") in (401, 403)]
