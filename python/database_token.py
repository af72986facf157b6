"""Short-lived tokens in place of the password of the metadata database, which the identity of the pod gets from its cloud.

All processes of a pod share a token, in a file that only their user reads: the services that issue tokens limit how often they are asked, and a
probe would ask twice a minute. A token is renewed by this file as a script: its process can outlive a probe, and
others need not load the libraries of a cloud.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time

PROVIDER = "AIRFLOW_DATABASE_TOKEN_SOURCE"
FILE = "/tmp/database-token"
# The time for one request, and for all that a new token takes.
REQUEST = 5
FETCH = 25
# For how long a service that gave no token is not asked again.
PAUSE = 15
# A token that ends within this time might end on its way.
USABLE = 10
AWS_LIFE = 900
CLOUDS = {"login.microsoftonline.us": "usgovcloudapi.net", "login.chinacloudapi.cn": "chinacloudapi.cn", "login.partner.microsoftonline.cn": "chinacloudapi.cn"}

_said = 0


class TokenError(Exception):
    """There is no token."""


def wanted():
    """Whether a token takes the place of the password."""
    return PROVIDER in os.environ


def _owner():
    return "|".join(os.environ.get(name, "") for name in (PROVIDER, "AIRFLOW_DATABASE_HOST", "AIRFLOW_DATABASE_PORT", "AIRFLOW_DATABASE_USER"))


def _read(path):
    """What a file holds; nothing where it is that of another user of the database."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        return found if found["owner"] == _owner() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(path, content):
    part = f"{path}.{os.getpid()}"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({**content, "owner": _owner()}, file)
    os.replace(part, path)


def _remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _start():
    """A process that renews the token. It holds no stream of this one, whose end a probe would else wait for."""
    return subprocess.Popen([sys.executable, os.path.abspath(__file__)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True)


def _is_renewed():
    """Whether a process is at it."""
    with open(os.open(f"{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except OSError:
            return True


def _failure(since):
    """Why the last try since a time gave no token; None where it did."""
    last = _read(f"{FILE}.failed")
    return last["reason"] if last.get("at", 0) >= since else None


def token(wait=FETCH):
    """A valid token. One that ends soon serves while a new one is on its way; without a valid one this waits so many seconds."""
    held, now = _read(FILE), time.time()
    if now < held.get("renew", 0):
        return held["token"]
    reason = _failure(now - PAUSE)
    if now + USABLE < held.get("expires", 0):
        if reason is None and not _is_renewed():
            _start()
        if reason is not None:
            _say(f"{reason}; the old one is valid for another {held['expires'] - now:.0f} s", now)
        return held["token"]
    if reason is None:
        reason = _wait(wait, now)
    held = _read(FILE)
    if reason is None and time.time() < held.get("expires", 0):
        return held["token"]
    raise TokenError(reason or "no token for the database: the one that the cloud gave has ended already; are the clocks right?")


def _wait(wait, now):
    """Why there is no new token; None where there is one."""
    try:
        status = _start().wait(timeout=wait)
    except subprocess.TimeoutExpired:
        return f"no token for the database: the cloud's token service did not answer within {wait} s"
    return None if status == 0 else _failure(now - PAUSE) or f"no token for the database: {os.path.basename(__file__)} ended with {status}"


def _say(message, now):
    """Writes to the log, once a minute."""
    global _said
    if now - _said > 60:
        _said = now
        print(message, file=sys.stderr, flush=True)


def forget():
    """Drops a token that the database refused. One that was just made stays, since a new one would be no other."""
    if time.time() > _read(FILE).get("issued", 0) + 60:
        _remove(FILE)


def password(dialect):
    """What a driver takes for the password. asyncpg gets a function, since its connections share one thread with others that must not wait."""
    if dialect.driver == "asyncpg":
        return _later
    try:
        return token()
    except TokenError as error:
        raise dialect.dbapi.OperationalError(f"{error}") from error


async def _later():
    import asyncio

    return await asyncio.to_thread(token)


def aws_rds_iam(host, port, user):
    """A signature by boto3, which finds the identity of the pod and asks STS for its keys."""
    import boto3
    from botocore.config import Config
    from botocore.session import get_session

    session = get_session()
    session.set_default_client_config(Config(connect_timeout=REQUEST, read_timeout=REQUEST, retries={"total_max_attempts": 2}))
    region = os.environ["AIRFLOW_DATABASE_TOKEN_REGION"]
    boto = boto3.Session(botocore_session=session, region_name=region)
    keys = boto.get_credentials()
    if keys is None:
        raise TokenError("the pod has no identity of AWS: no role is on its service account, or the webhook of EKS did not see the pod")
    signed = boto.client("rds").generate_db_auth_token(DBHostname=host, Port=int(port), DBUsername=user, Region=region)
    # The signature ends with the keys that made it.
    end = getattr(keys, "_expiry_time", None)
    return signed, min(time.time() + AWS_LIFE, end.timestamp() if end else float("inf"))


def azure_entra(_host, _port, _user):
    from azure.identity import ManagedIdentityCredential, WorkloadIdentityCredential

    limits = {"connection_timeout": REQUEST, "read_timeout": REQUEST, "retry_total": 1}
    if "AZURE_FEDERATED_TOKEN_FILE" in os.environ:
        credential = WorkloadIdentityCredential(**limits)
    else:
        credential = ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID"), **limits)
    authority = os.environ.get("AZURE_AUTHORITY_HOST", "").removeprefix("https://").strip("/")
    found = credential.get_token(f"https://ossrdbms-aad.database.{CLOUDS.get(authority, 'windows.net')}/.default")
    return found.token, found.expires_on


def gcp_cloud_sql(_host, _port, _user):
    import functools
    from datetime import timezone

    import google.auth
    from google.auth.transport.requests import Request

    credentials, _project = google.auth.default(scopes=["https://www.googleapis.com/auth/sqlservice.login"])
    credentials.refresh(functools.partial(Request(), timeout=REQUEST))
    return credentials.token, credentials.expiry.replace(tzinfo=timezone.utc).timestamp()


PROVIDERS = {"aws-rds-iam": (aws_rds_iam, "amazon"), "azure-entra": (azure_entra, "microsoft-azure"), "gcp-cloud-sql": (gcp_cloud_sql, "google")}


def fetch():
    """A new token, and when it ends."""
    import database_url

    provide, package = PROVIDERS[os.environ[PROVIDER]]
    try:
        return provide(database_url.host().strip("[]"), database_url.port(), database_url.part("USER"))
    except ImportError as error:
        raise TokenError(f"the image lacks {error.name}; install apache-airflow-providers-{package}") from error


def main():
    """Renews the token, unless another process just did."""
    signal.alarm(FETCH)
    with open(os.open(f"{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if time.time() < _read(FILE).get("renew", 0) or _failure(time.time() - PAUSE):
            return int(_failure(time.time() - PAUSE) is not None)
        signal.signal(signal.SIGALRM, _give_up)
        try:
            found, expires = fetch()
        except Exception as error:
            kind = "" if isinstance(error, TokenError) else f"{type(error).__name__}: "
            _write(f"{FILE}.failed", {"at": time.time(), "reason": f"no token for the database: {kind}{' '.join(str(error).split())[:500]}"})
            return 1
        now = time.time()
        _write(FILE, {"token": found, "issued": now, "expires": expires, "renew": expires - min(300, (expires - now) / 3)})
        _remove(f"{FILE}.failed")
        return 0


def _give_up(*_):
    raise TokenError(f"the cloud's token service did not answer within {FETCH} s")


if __name__ == "__main__":
    sys.exit(main())
