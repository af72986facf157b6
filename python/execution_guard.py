"""Keeps requests from outside of the cluster away from the execution API, through which tasks talk to Airflow.

Only API servers that serve both users and tasks install it. It stands inside the server, behind the router, so it does not
matter how a request writes the path or what a proxy makes of it.
"""

import ipaddress
import json
from urllib.parse import urlsplit

# Every proxy before the UI adds one of these, or keeps the public host. Tasks send neither.
FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"}
ANSWER = json.dumps({"detail": "The execution API is only for tasks in the cluster"}).encode()


def is_inside(headers, own):
    """Whether a request with these headers came to the Service, to an address of a pod, or through a tunnel."""
    if any(name in FORWARDED for name, _ in headers):
        return False
    given = next((value.decode("latin-1") for name, value in headers if name == b"host"), "")
    try:
        host = urlsplit("//" + given).hostname or ""
    except ValueError:
        return False
    try:
        ipaddress.ip_address(host)
        return True  # the probes
    except ValueError:
        pass
    # `airflow-api-server.data` and `airflow-api-server.data.svc.cluster.local` are the same Service.
    return host == "localhost" or (host != "" and (f"{own}.".startswith(f"{host}.") or host.startswith(f"{own}.")))


class ExecutionGuard:
    """An ASGI middleware of the execution API."""

    def __init__(self, app, own):
        self.app = app
        self.own = own

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan" or is_inside(scope["headers"], self.own):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": ANSWER})


def install():
    """Adds the middleware when Airflow mounts the execution API into its server."""
    from fastapi import FastAPI

    mount = FastAPI.mount

    def guarded(self, path, app, *args, **kwargs):
        if path == "/execution":
            from airflow.configuration import conf

            app.add_middleware(ExecutionGuard, own=urlsplit(conf.get("core", "execution_api_server_url")).hostname)
        mount(self, path, app, *args, **kwargs)

    FastAPI.mount = guarded
