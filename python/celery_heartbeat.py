"""Exits with 0 unless a Celery worker hangs: celery_heartbeat.py FILE OLDEST

FILE is touched with every heartbeat of the worker (see airflow_local_settings.py); OLDEST is how old the last one may
be, in seconds. A worker has none while its broker is away, and is left alone then, once it has started: it connects
again by itself, and its tasks go on. Needs neither Airflow nor Celery.
"""

import os
import socket
import sys
import time
from urllib.parse import urlsplit

PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "pyamqp": 5672, "sentinel": 26379}
CONNECT_TIMEOUT = 3


def age(path):
    """Seconds since the last heartbeat; None where there was none."""
    try:
        return time.time() - os.stat(path).st_mtime
    except FileNotFoundError:
        return None


def broker_is_away(urls):
    """Whether no broker of a list of URLs, as Celery takes it, accepts connections; one that cannot be asked is there."""
    for url in urls.split(";"):
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
        if not (parts.hostname and port):
            return False
        try:
            socket.create_connection((parts.hostname, port), CONNECT_TIMEOUT).close()
            return False
        except OSError:
            continue
    return True


def main(path, oldest):
    seconds = age(path)
    if seconds is not None and seconds <= float(oldest):
        return 0
    told = "no heartbeat yet" if seconds is None else f"the last heartbeat is more than {oldest} s old"
    if seconds is not None and broker_is_away(os.environ.get("AIRFLOW__CELERY__BROKER_URL", "")):
        print(f"{told}, but the broker is away")
        return 0
    print(told)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
