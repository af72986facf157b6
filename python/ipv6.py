"""The address under which the other pods of this deployment find this one, in a cluster whose pods have IPv6."""

import socket


def pod_address():
    """In brackets, since Airflow puts it into URLs."""
    return f"[{socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET6)[0][4][0]}]"
