"""Judges from recorded pod events whether each node had a running pod all the time."""
from kip.namespace import is_ready


def gaps(events, nodes):
    """(node, from, until) of each time without a Ready pod on a node that had one before; until is None where it was
    still so at the last event. Times are those of the events, in seconds.

    Strict: a pod that was told to end no longer counts, though its containers still run for a moment."""
    ready = {node: set() for node in nodes}
    began = {}
    found = []
    for event in events:
        node = event.object["spec"].get("nodeName")
        if node not in ready:
            continue
        had = bool(ready[node])
        if event.type != "DELETED" and is_ready(event.object):
            ready[node].add(event.uid)
        else:
            ready[node].discard(event.uid)
        if had and not ready[node]:
            began[node] = event.time
        elif ready[node] and node in began:
            found.append((node, began.pop(node), event.time))
    return found + [(node, start, None) for node, start in began.items()]


def refreshes(events):
    """The times of refresh that the pods' annotations name, oldest first."""
    key = "che.eclipse.org/image-puller-refreshed-at"
    return sorted({e.object["metadata"].get("annotations", {}).get(key) for e in events} - {None})
