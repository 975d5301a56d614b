"""A bare client to set the service beside: the same requests as the service's, and nothing else. A process of its own,
so that it does not share an interpreter with the bench that times it.

  bare_client.py repair KUBECONFIG COLLECTION BODY    makes the DaemonSet of BODY whenever it is deleted
  bare_client.py start KUBECONFIG COLLECTION BODY     for each line on stdin: from no connection to the DaemonSet

KUBECONFIG is a file of transport.py: JSON, with everything in it. Says `ready` on stdout when it waits.
"""
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "e2e"))
from kube.client import Client


def client_of(path):
    with open(path) as file:
        return Client(json.load(file))


def repair(path, collection, body, name):
    """A watch, and a connection of its own for the POST, which is open before it is needed."""
    client, one = client_of(path), f"{collection}?fieldSelector=metadata.name%3D{name}"
    version = client.call("GET", one)["metadata"]["resourceVersion"]
    _, watch = client.stream(f"{one}&watch=true&resourceVersion={version}")
    print("ready", flush=True)
    for line in watch:
        if json.loads(line)["type"] == "DELETED":
            client.create(collection, body, allow=(409,))


def start(path, collection, body, name):
    """What has to be known before the DaemonSet can be made: whether it is there, and its owner."""
    print("ready", flush=True)
    deployments = collection.replace("/daemonsets", "/deployments")
    for _ in sys.stdin:
        client = client_of(path)
        client.call("GET", f"{collection}?fieldSelector=metadata.name%3D{name}")
        client.call("GET", f"{deployments}/{name}")
        client.create(collection, body, allow=(409,))


def main(job, path, collection, body_path):
    with open(body_path) as file:
        body = file.read()
    {"repair": repair, "start": start}[job](path, collection, body, json.loads(body)["metadata"]["name"])


if __name__ == "__main__":
    main(*sys.argv[1:])
