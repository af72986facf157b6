"""Creates Secrets that do not exist, and adds keys, labels and annotations that are missing; no value is ever changed.

bootstrap_secrets.py JSON, for example {"keys": {"labels": {}, "annotations": {}, "data": {"fernet-key": "fernet"}}}. The kinds of value are
`fernet` (a Fernet key), `token` (64 random bytes) and `password` (32 letters and digits, safe in a URL).
Needs nothing but Python, so that it ends before an Airflow would have been imported. It is the first to run in a
cluster, so it also refuses one that is too old for the pods that come after it.
"""

import base64
import json
import os
import re
import secrets
import ssl
import string
import sys
import time
import urllib.error
import urllib.request

OLDEST_KUBERNETES = (1, 29)  # native sidecars; an older one would wait for them to end
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
KINDS = {
    "fernet": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "token": lambda: secrets.token_urlsafe(64),
    "password": lambda: "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32)),
}


def read(name):
    with open(os.path.join(ACCOUNT, name), encoding="utf-8") as file:
        return file.read().strip()


def call(method, path, body=None):
    """The API server's answer, None for a GET of what is not there. Other refusals end the script in the server's words."""
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    kind = "application/strategic-merge-patch+json" if method == "PATCH" else "application/json"
    request = urllib.request.Request(
        f"https://{host}:{os.environ['KUBERNETES_SERVICE_PORT']}{path}",
        method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {read('token')}", "Content-Type": kind})
    try:
        with open_when_reachable(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404 and method == "GET":
            return None
        raise SystemExit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from None


def direct(trusted):
    """Opens without a proxy, whatever the environment says."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)).open


def open_when_reachable(request, tries=30):
    """The pod's network may come up a moment after the pod, and an API server restarts now and then."""
    trusted = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
    # Python reads no ranges of addresses in NO_PROXY, by which a platform may have said its own.
    open_directly = direct(trusted)
    while True:
        try:
            return open_directly(request, timeout=10)
        except urllib.error.HTTPError:
            raise
        except OSError as error:
            tries -= 1
            if tries == 0:
                raise SystemExit(f"the Kubernetes API does not answer: {error}") from None
            time.sleep(1)


def check_version(version):
    found = tuple(int(re.match(r"\d+", version[part]).group()) for part in ("major", "minor"))
    if found < OLDEST_KUBERNETES:
        raise SystemExit(f"Kubernetes {version['gitVersion']} is too old: native sidecars need {'.'.join(map(str, OLDEST_KUBERNETES))} or newer")


def ensure(name, metadata, data):
    secrets_path = f"/api/v1/namespaces/{read('namespace')}/secrets"
    there = call("GET", f"{secrets_path}/{name}")
    if there is None:
        values = {key: KINDS[kind]() for key, kind in data.items()}
        call("POST", secrets_path, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, **metadata}, "stringData": values})
        print(f"created Secret {name} with {', '.join(data)}")
        return
    missing = {key: KINDS[kind]() for key, kind in data.items() if key not in there.get("data", {})}
    patch = {"stringData": missing} if missing else {}
    changed = changes(there.get("metadata", {}), metadata)
    if changed:
        patch["metadata"] = changed
    if patch:
        call("PATCH", f"{secrets_path}/{name}", patch)
    added = [*missing, *changed]
    print(f"Secret {name} exists{'; added ' + ', '.join(added) if added else ', nothing to do'}")


def changes(there, wanted):
    """The labels and annotations that the Secret does not have; those of others stay."""
    found = {kind: {name: value for name, value in texts.items() if there.get(kind, {}).get(name) != value} for kind, texts in wanted.items()}
    return {kind: texts for kind, texts in found.items() if texts}


if __name__ == "__main__":
    check_version(call("GET", "/version"))
    for secret, wanted in json.loads(sys.argv[1]).items():
        ensure(secret, {kind: wanted[kind] for kind in ("labels", "annotations") if kind in wanted}, wanted["data"])
