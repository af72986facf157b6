"""What the scripts that clean up share: the metadata database, and the Kubernetes API."""

import contextlib
import datetime
import json
import os
import random
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from email.utils import parsedate_to_datetime

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
PAGE = 500
TRIES = 8
LONGEST_WAIT = 60
SKEW = 300  # seconds by which clocks may differ
AWAY = 3600  # a pod that has been terminating for so long has a finalizer that nobody removes
READ_SECONDS = 60
LOCK_SECONDS = 5  # who waits behind a lock that a script waits for, such as the scheduler, waits no longer


class Database:
    """The metadata database: its tables, those of the names or all, as they are, and the time by its clock."""

    def __init__(self, *names):
        import sqlalchemy as sa
        from airflow.configuration import conf
        from airflow.settings import engine

        self.sa, self.engine = sa, engine
        self.postgres = engine.dialect.name == "postgresql"
        self.metadata = sa.MetaData()
        schema = conf.get("database", "sql_alchemy_schema", fallback="").strip() or None
        with self.reading() as connection:
            self.metadata.reflect(connection, schema=schema, only=names or None)
            self.now = database_now(connection)
        self.tables = {table.name: table for table in self.metadata.tables.values()}

    def first(self, statement):
        with self.reading() as connection:
            return connection.execute(statement).first()

    @contextlib.contextmanager
    def reading(self):
        """A transaction that ends when a table is locked or the database is slow, since the run would hang until Kubernetes stops it."""
        try:
            with self.limited(READ_SECONDS, READ_SECONDS) as connection:
                yield connection
        except self.sa.exc.OperationalError as error:
            raise SystemExit(f"the database can't be read: {first_line(error)}; nothing more is deleted, the next run tries again") from None

    @contextlib.contextmanager
    def limited(self, seconds, lock_seconds=LOCK_SECONDS):
        """A transaction with limits of its own: a pooler hands the session on to others."""
        with self.engine.begin() as connection:
            if self.postgres:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{lock_seconds}s'")
            yield connection


def first_line(error):
    return str(error).splitlines()[0]


def database_now(connection):
    """The time by the clock of the database; ends when the clock of this pod differs, since one of them would make young rows old."""
    import sqlalchemy as sa

    # MySQL would say it in the time zone of the session.
    now = connection.execute(sa.select(sa.func.utc_timestamp() if connection.dialect.name == "mysql" else sa.func.current_timestamp())).scalar()
    if isinstance(now, str):
        now = datetime.datetime.fromisoformat(now)
    now = now if now.tzinfo else now.replace(tzinfo=datetime.timezone.utc)
    check_clock("the database", now)
    return now


def check_clock(whose, now):
    here = datetime.datetime.now(datetime.timezone.utc)
    if abs((here - now).total_seconds()) > SKEW:
        raise SystemExit(f"the clock of this pod says {here:%Y-%m-%dT%H:%M:%SZ} and that of {whose} {now:%Y-%m-%dT%H:%M:%SZ}; "
                         "correct the clock of the node, nothing was deleted")


def in_column(moment, engine):
    """A moment as the columns of the database have it."""
    return moment if engine.dialect.name == "postgresql" else moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)


class Kubernetes:
    """The Kubernetes API as far as it is needed, by nothing but Python, so that it needs no provider."""

    def __init__(self, pause=time.sleep):
        self.pause = pause
        self.now = None
        trusted = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
        # Python reads no ranges of addresses in NO_PROXY.
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)).open

    def list(self, path, selector):
        """All objects, page by page. The pages of a list that has expired begin again, so an object may come twice."""
        token, restarts = "", 0
        while True:
            query = {"labelSelector": selector, "limit": PAGE, **({"continue": token} if token else {})}
            page = self.call("GET", f"{path}?{urllib.parse.urlencode(query)}")
            if page is None:  # 410: the list has expired
                restarts += 1
                if restarts > TRIES:
                    raise SystemExit(f"GET {path}: the list expired {restarts} times before its end")
                token = ""
                continue
            yield from page.get("items") or []
            token = page.get("metadata", {}).get("continue", "")
            if not token:
                return

    def delete(self, path, item, propagation=None):
        """Deletes an object as it was read; False when it has changed or is gone. Finalizers are left to who set them."""
        metadata = item["metadata"]
        body = {"apiVersion": "v1", "kind": "DeleteOptions",
                "preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}}
        if propagation:
            body["propagationPolicy"] = propagation
        return self.call("DELETE", f"{path}/{metadata['name']}", body) is not None

    def call(self, method, path, body=None):
        """The answer; None for what is gone, has changed or has expired. Waits when the server asks for it."""
        for tries in range(1, TRIES + 1):
            try:
                with self.open(self.request(method, path, body), timeout=30) as answer:
                    self.read_clock(answer.headers)
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                text = error.read().decode(errors="replace")[:500]
                if error.code in (404, 409, 410) and (method == "DELETE" or error.code == 410):
                    return None
                if error.code not in (429, 500, 502, 503, 504) or tries == TRIES:
                    raise SystemExit(f"{method} {path}: {error.code} {text}{hint(error.code)}") from None
                wait = error.headers.get("Retry-After", "")
                seconds = int(wait) if wait.isdigit() else 2 ** tries
            except OSError as error:
                if tries == TRIES:
                    raise SystemExit(f"the Kubernetes API does not answer: {error}") from None
                seconds = tries
            self.pause(min(seconds, LONGEST_WAIT) + random.random())
        return None

    def request(self, method, path, body):
        host = os.environ["KUBERNETES_SERVICE_HOST"]
        host = f"[{host}]" if ":" in host else host
        with open(os.path.join(ACCOUNT, "token"), encoding="utf-8") as file:  # kubelet renews it
            token = file.read().strip()
        return urllib.request.Request(
            f"https://{host}:{os.environ['KUBERNETES_SERVICE_PORT']}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(), headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    def read_clock(self, headers):
        """The clock of the API server, which also sets the times of objects."""
        if headers.get("Date"):
            self.now = parsedate_to_datetime(headers["Date"])


def hint(status):
    return "; its Role must allow it, see the docs of AirflowHousekeeping" if status == 403 else ""


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def is_old(kubernetes, since, seconds):
    return kubernetes.now is not None and (kubernetes.now - since).total_seconds() > seconds


def stuck(kubernetes, item):
    """Whether the object is already being deleted; says so when a finalizer keeps it."""
    metadata = item["metadata"]
    deleted = metadata.get("deletionTimestamp")
    if deleted and is_old(kubernetes, moment(deleted), AWAY):
        print(f"{metadata['name']} has been terminating since {deleted}; it waits for its finalizers "
              f"{', '.join(metadata.get('finalizers', [])) or 'or its node'}", flush=True)
    return bool(deleted)


def options():
    return json.loads(sys.argv[1])
