"""Migrates the metadata database: migrate.py [sync-perm].

Runs `airflow db migrate` in this process, and then, where the auth manager is that of FAB, writes its permissions.

In a Postgres it begins when the transactions that it finds have ended, since each step is a transaction of its own: one that
fails in the middle leaves a database that neither version knows. No step waits longer than LOCK_TIMEOUT for a lock, since who queues
behind it, such as the components of the version before, waits as long. In either case it says which sessions are in the way.
"""

import os
import sys
import threading
import time

from wait_for_database import heads

LOCK_TIMEOUT = 30
SAY_AFTER = 10
# What the webserver of Airflow 2 does when it starts.
WEBSERVER = "from airflow.www.app import create_app; create_app()"
PERIOD = 0.5

# Airflow itself waits less than 2 s for the lock that keeps two migrations apart.
HOLDER = """holder.pid, coalesce(nullif(holder.application_name, ''), holder.backend_type, 'a prepared transaction, see pg_prepared_xacts'),
host(holder.client_addr), holder.state, extract(epoch FROM now() - holder.xact_start), holder.query"""
HOLDERS = f"""SELECT extract(epoch FROM now() - waiting.query_start), waiting.query, {HOLDER} FROM pg_stat_activity AS waiting CROSS JOIN unnest(pg_blocking_pids(waiting.pid)) AS blocking(pid)
LEFT JOIN pg_stat_activity AS holder ON holder.pid = blocking.pid
WHERE waiting.application_name = current_setting('application_name') AND waiting.pid <> pg_backend_pid() ORDER BY holder.pid"""
# Those that hold a lock of a table since before a moment.
SINCE = f"""SELECT DISTINCT {HOLDER} FROM pg_locks AS held LEFT JOIN pg_stat_activity AS holder ON holder.pid = held.pid
WHERE held.locktype = 'relation' AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND held.relation >= 16384
AND held.granted AND held.pid IS DISTINCT FROM pg_backend_pid()
AND (held.pid IS NULL OR holder.xact_start < '%s')"""


def limit_locks():
    """Sets the time for locks in each transaction: a pooler refuses it at the start of a session, or would hand it on to others."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "begin")
    def limit(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")


class Watch(threading.Thread):
    """Looks at whom the migration waits for, by a session of its own that connects as Airflow does."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.holders = []
        self.said = None

    def run(self):
        connection = None
        while not self.ended.wait(PERIOD):
            try:
                connection = connection or self.connect()
                if connection is not None:
                    self.look(connection)
            except Exception as error:  # the migration itself tells what matters
                print(f"the sessions that hold locks can't be seen: {error}", flush=True)
                connection = None
                self.ended.wait(SAY_AFTER)

    def connect(self):
        engine = getattr(sys.modules.get("airflow.settings"), "engine", None)
        if engine is None or engine.dialect.name != "postgresql":
            return None
        connection = engine.pool.recreate().connect()
        connection.driver_connection.autocommit = True
        return connection

    def look(self, connection):
        rows = answer(connection, HOLDERS)
        if not rows:
            return
        self.holders = [describe(*row[2:]) for row in rows]
        pids = {row[2] for row in rows}
        if rows[0][0] >= SAY_AFTER and pids != self.said:
            self.said = pids
            print("\n".join([f"the migration waits for a lock: {short(rows[0][1])}", *self.holders]), flush=True)


def answer(connection, query):
    cursor = connection.cursor()
    cursor.execute(query)
    rows = cursor.fetchall()
    cursor.close()
    return rows


def pending(connection):
    """Whether there is anything to migrate, in a database that is not empty."""
    if answer(connection, "SELECT to_regclass('alembic_version')")[0][0] is None:
        return False
    return {row[0] for row in answer(connection, "SELECT version_num FROM alembic_version")} != heads("airflow/migrations/versions")


def way_is_clear(connection, is_needed=pending):
    """Whether no transaction stands in the way, or none does any more before long."""
    if connection is None or not is_needed(connection):
        return True
    began, said = time.monotonic(), False
    query = SINCE % answer(connection, "SELECT clock_timestamp()")[0][0]
    while rows := answer(connection, query):
        holders = [describe(*row) for row in rows]
        if time.monotonic() > began + LOCK_TIMEOUT:
            tell(holders)
            return False
        if not said and time.monotonic() > began + SAY_AFTER:
            said = True
            print("\n".join([f"the migration waits for at most {LOCK_TIMEOUT} s until the transactions of these sessions end:", *holders]), flush=True)
        time.sleep(1)
    return True


def short(query):
    return " ".join((query or "").split())[:200]


def describe(pid, name, address, state, seconds, query):
    """A session that holds a lock, and how it ends."""
    age = "" if seconds is None else f" in a transaction of {seconds:.0f} s"
    ends = "" if pid is None else f"; SELECT pg_terminate_backend({pid}) ends it"
    return f"  {name}{f' at {address}' if address else ''}, {state or 'no session'}{age}{ends}. Its last query: {short(query)}"


def components(holders):
    """The components that have these sessions, as local settings name them: COMMAND@POD."""
    names = {line.strip().split(" ")[0].rstrip(",").partition("@")[2] for line in holders if "@" in line}
    return sorted(name for name in names if name)


def tell(holders):
    """What to do, after it has failed for a lock."""
    if not holders:
        return
    pods = components(holders)
    print("\n".join(["the migration needs locks that these sessions hold:", *holders,
                     f"Scale down what they belong to{f' (pods {chr(44).join(pods)})' if pods else ''} until the migration is done, "
                     "or end the sessions. The Job tries again."]), flush=True)


def run_airflow(*command):
    """The status of a command of Airflow, in this process."""
    sys.argv = ["airflow", *command]
    from airflow.__main__ import main

    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, flush=True)
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:
        import traceback

        traceback.print_exc()
        return 1
    return 0


def change_tables(*command, is_needed=pending):
    """The status of a command of Airflow that changes the tables. None when it did not begin, since a transaction is in its way."""
    limit_locks()
    watch = Watch()
    connection = watch.connect()
    if not way_is_clear(connection, is_needed):
        return None
    if connection is not None:
        connection.close()
    watch.start()
    status = run_airflow(*command)
    watch.ended.set()
    watch.join()
    if status != 0:
        tell(watch.holders)
    return status


def create_tables_of_results():
    """Creates the tables of Celery's results, which else a worker does: its user may not create tables where the migration has its own."""
    from airflow.settings import engine
    from celery.backends.database.models import ResultModelBase

    ResultModelBase.metadata.create_all(engine)


def has_permissions():
    """Whether the auth manager is that of FAB, or made of it, which alone has permissions to write."""
    from importlib import import_module

    from airflow.configuration import conf

    path = conf.get("core", "auth_manager")
    module, _, name = path.rpartition(".")
    if any(base.__module__.startswith("airflow.providers.fab.") for base in getattr(import_module(module), name).__mro__):
        return True
    print(f"{path} has no permissions to write", flush=True)
    return False


def write_permissions(command):
    """Becomes the process that writes them. In Airflow 2 the command does not know all views, so that an admin could not see the users."""
    from airflow import __version__

    if __version__.startswith("2."):
        os.environ["AIRFLOW__FAB__UPDATE_FAB_PERMS"] = "True"
        os.execvp(sys.executable, [sys.executable, "-c", WEBSERVER])
    else:
        os.execvp("airflow", ["airflow", *command])


def main(after, results=False):
    import airflow.settings  # noqa: F401, it makes the engine

    began = time.monotonic()
    status = change_tables("db", "migrate")
    if status is None:
        print("nothing has been migrated", flush=True)
        return 1
    if status != 0:
        print(f"the migration failed after {time.monotonic() - began:.0f} s", flush=True)
        return status
    if results:
        create_tables_of_results()
    if after and has_permissions():
        sys.stdout.flush()
        write_permissions(after)
    return 0


if __name__ == "__main__":
    options = sys.argv[1:]
    results = "--celery-results" in options
    sys.exit(main([option for option in options if option != "--celery-results"], results))
