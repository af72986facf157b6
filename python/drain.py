"""Lets clients leave an API server before it ends.

Uvicorn closes all kept connections when it is told to end, also one on which a request has just come. Such a request is lost, since
clients and proxies do not send it again. The `preStop` hook therefore makes a file. From then on, every answer closes its connection.
The next request of the client comes by a new connection, which Kubernetes leads to another pod.
"""

import os

CLOSE = (b"connection", b"close")


def install(path):
    """Watches for the file in each server that this process starts."""
    from uvicorn.server import Server

    if os.path.exists(path):  # from a container of this pod that has ended
        os.remove(path)
    tick = Server.on_tick

    async def with_file(self, counter):
        if CLOSE not in self.config.encoded_headers and os.path.exists(path):
            self.config.encoded_headers = [*self.config.encoded_headers, CLOSE]
        return await tick(self, counter)

    Server.on_tick = with_file


if os.environ.get("CDK8S_AIRFLOW_DRAIN"):
    install(os.environ["CDK8S_AIRFLOW_DRAIN"])
