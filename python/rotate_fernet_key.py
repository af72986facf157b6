"""Encrypts everything with the current Fernet key: rotate_fernet_key.py SELECTOR VARIABLES

SELECTOR selects the pods of the Airflow. VARIABLES are the environment variables of the Fernet keys as a pod must have them, a
JSON list. A pod with other ones would still write with the old key, or could not read what is written with the new one, so the
script first waits until there is none.

`airflow rotate-fernet-key` is one transaction, which a single value that no key decrypts would end. Such values are named before it
begins. It reads pages without an order, which can miss a row that changes meanwhile, so every value is read again afterwards with the
current key alone, and what is left is encrypted one by one.
"""

import json
import subprocess
import sys
import time
import urllib.parse

from bootstrap_secrets import call, read

PERIOD = 5
REPORT = 60
NAMES = ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__CORE__FERNET_KEY_CMD", "FERNET_KEY_1", "FERNET_KEY_2")


def pods(namespace, selector):
    """All pods, in pages: an Airflow can have thousands of tasks."""
    token = ""
    while True:
        query = urllib.parse.urlencode({"labelSelector": selector, "limit": 200, **({"continue": token} if token else {})})
        page = call("GET", f"/api/v1/namespaces/{namespace}/pods?{query}") or {}
        yield from page.get("items", [])
        token = page.get("metadata", {}).get("continue")
        if not token:
            return


def differs(pod, variables):
    """Whether a container of the pod has Fernet keys, and not these."""
    if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return False
    spec = pod["spec"]
    for container in spec.get("initContainers", []) + spec["containers"]:
        own = [variable for variable in container.get("env", []) if variable["name"] in NAMES]
        if own and own != variables:
            return True
    return False


def others(namespaces, selector, variables):
    return [f"{namespace}/{pod['metadata']['name']}" for namespace in namespaces for pod in pods(namespace, selector) if differs(pod, variables)]


def wait_for_pods(namespaces, selector, variables):
    told = 0.0
    while True:
        left = others(namespaces, selector, variables)
        if not left:
            return
        if time.monotonic() - told >= REPORT:
            told = time.monotonic()
            print(f"waiting until {len(left)} pods with other Fernet keys have ended: {', '.join(left[:5])}{', ...' if len(left) > 5 else ''}", flush=True)
        time.sleep(PERIOD)


def task_namespaces():
    """The namespaces in which Airflow starts tasks. Those of Airflow 2 have the Fernet key."""
    from airflow.configuration import conf

    listed = conf.get("kubernetes_executor", "multi_namespace_mode_namespace_list", fallback="") or ""
    return sorted({read("namespace"), *(name.strip() for name in listed.split(",") if name.strip())})


def models():
    """The models with encrypted values: the column with the name, and each encrypted column with the one that says whether it is."""
    from airflow.models import Connection, Trigger, Variable

    secrets = {"_password": "is_encrypted", "_extra": "is_extra_encrypted"}
    found = [(Connection, "conn_id", secrets), (Variable, "key", {"_val": "is_encrypted"}), (Trigger, "id", {"encrypted_kwargs": None})]
    try:
        from airflow.models.connection_test import ConnectionTestRequest
    except ImportError:  # before Airflow 3.3
        return found
    return [*found, (ConnectionTestRequest, "connection_id", secrets)]


def unreadable(session, fernet):
    """The values that the keys do not decrypt, as models and their rows, and how many values they do."""
    from cryptography.fernet import InvalidToken
    from sqlalchemy import select

    left, count = {}, 0
    for model, name, columns in models():
        for column, flag in columns.items():
            # A model that is loaded decrypts its values, so the columns are read alone.
            query = select(model.id, getattr(model, name), getattr(model, column))
            for row, label, text in session.execute(query if flag is None else query.where(getattr(model, flag))):
                if not text or text.startswith("{"):  # an old trigger can have its arguments in plain JSON
                    continue
                try:
                    fernet.decrypt(text.encode())
                    count += 1
                except InvalidToken:
                    left[model, row] = f"{model.__name__.lower()} '{label}'"
    return left, count


def rotate():
    from airflow.configuration import conf
    from airflow.utils.session import create_session
    from cryptography.fernet import Fernet, MultiFernet

    keys = [Fernet(key.strip().encode()) for key in conf.get("core", "fernet_key").split(",")]
    with create_session() as session:
        broken, _ = unreadable(session, MultiFernet(keys))
    if broken:
        raise SystemExit(f"neither Fernet key decrypts {', '.join(sorted(broken.values()))}; give them new values or delete them, "
                         "and this Job tries again")
    subprocess.run(["airflow", "rotate-fernet-key"], check=True)
    with create_session() as session:
        for model, row in unreadable(session, keys[0])[0]:
            session.get(model, row).rotate_fernet_key()
    with create_session() as session:
        left, count = unreadable(session, keys[0])
    if left:
        raise SystemExit(f"the current Fernet key does not decrypt {', '.join(sorted(left.values()))}, which changed meanwhile")
    print(f"the current Fernet key decrypts all {count} encrypted values; 'previous' can go", flush=True)


if __name__ == "__main__":
    wait_for_pods(task_namespaces(), sys.argv[1], json.loads(sys.argv[2]))
    rotate()
