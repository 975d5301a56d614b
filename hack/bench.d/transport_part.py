"""The way to the API server: start and repair, by who is shown to the server and from where, beside a bare client."""
import figures
import transport
from service import ACCOUNT, NAMESPACE, Service


def measure(table, root, client, quick):
    """The start and the repair, on a host and in the image, with a client certificate and with a token."""
    service = Service(root, client)
    service.remove()
    try:
        service.install(selector=figures.NOWHERE, replicas=0)
        settings = client.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps/{ACCOUNT}")["data"]
        for in_image, with_token in ((False, False), (False, True), (True, False), (True, True)):
            way = transport.Way(root, client, settings, in_image, with_token)
            try:
                found = transport.measure(way, client, 5 if quick else 20)
                table.add(f"start → DaemonSet made, {way.name}, median", found["start"], "ms", 42, "42 ms",
                          f"a bare client's three requests take {found['bare start']:.1f} ms")
                table.add(f"repair beside a bare client's, {way.name}, ratio", found["repair"] / found["bare repair"],
                          "", 2.5, "", f"{found['repair']:.1f} ms, {found['bare repair']:.1f} ms")
                if not in_image:
                    bundles, at_start, later = transport.system_calls(way, client, 10)
                    table.add(f"bundles of CAs opened, {way.name}", bundles, "", 0)
                    table.add(f"connections made by 10 repairs, {way.name}", later, "", 1, "",
                              f"{at_start} at the start")
            finally:
                way.remove()
    finally:
        service.remove()
