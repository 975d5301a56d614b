"""What a request may meet instead of the API server's answer, and what the service is to say about it.

Each trouble is a function of the proxy's Handler. SAID holds a regular expression for what was there and, where the
answer was unusable, what was expected; a pair where a watch says it otherwise.
"""
import json

HTML = b"<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n"
HALF = b'{"kind":"Status","apiVersion":"v1","metadata":{"na'
REDIRECT_TARGET = {"url": ""}  # set by the fixture that listens there
MIB = 1 << 20


def html(handler):
    handler.reply(200, HTML, "text/html")


def half(handler):
    """A JSON text that ends in the middle, in an answer that is whole."""
    handler.reply(200, HALF + b"\n")


def torn(handler):
    """An answer that ends before the length that it promised."""
    handler.reply(200, HALF, length=5000)
    handler.close_connection = True


def endless_line(handler):
    """10 MiB without a line end."""
    handler.begin_stream()
    handler.chunk(b'{"kind":"Status","message":"')
    for _ in range(10):
        handler.chunk(b"x" * MIB)
    handler.chunk(b'"}')
    handler.chunk(b"")


def silence(handler):
    """The request is taken, and nothing comes back."""
    handler.server.proxy.closing.wait(60)
    handler.close_connection = True


def hangup(handler):
    handler.close_connection = True


def lost(handler):
    """The API server does what is asked for, and its answer does not arrive."""
    handler.ask().read()
    handler.close_connection = True


def redirect(handler):
    handler.reply(307, b"", headers={"Location": REDIRECT_TARGET["url"] + handler.path})


def expired(handler):
    """A watch that begins well, and then says that its resourceVersion is too old."""
    status = {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410,
              "message": "too old resource version: 1 (2)"}
    handler.begin_stream()
    handler.chunk(json.dumps({"type": "ERROR", "object": status}).encode() + b"\n")
    handler.chunk(b"")


def answer(code, **headers):
    def trouble(handler):
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                  "reason": "Injected", "message": f"injected {code}", "code": code}
        handler.reply(code, json.dumps(status).encode() + b"\n",
                      headers={key.replace("_", "-"): value for key, value in headers.items()})
    trouble.__name__ = f"answer_{code}"
    return trouble


CODES = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone",
         422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
         503: "Service Unavailable"}
STATUSES = [answer(code, **({"Retry_After": "1"} if code == 429 else {})) for code in CODES]
BROKEN = [html, half, torn, endless_line, silence, hangup, redirect]
EVERY = BROKEN + STATUSES

NO_OBJECT = r"answered 200 with .*{}.* where a JSON object was expected"
NO_EVENT = r".*{}.* where a watch event was expected"
SAID = {
    "html": (NO_OBJECT.format("Sign in"), NO_EVENT.format("<html>")),
    "half": (NO_OBJECT.format(r"\{"), NO_EVENT.format(r"\{")),
    "torn": "the connection broke in the middle of the answer",
    "endless_line": r"a (body|line) of more than \d+ bytes",
    "silence": "no whole answer within (10|35)s",
    "hangup": "the connection ended before an answer",
    "lost": "the connection ended before an answer",
    "redirect": "307",
    "expired": "410 Gone: too old resource version",
    **{f"answer_{code}": f"{code} {phrase}: injected {code}" for code, phrase in CODES.items()},
}


def said(trouble, is_watch):
    text = SAID[trouble.__name__]
    return text if isinstance(text, str) else text[is_watch]
