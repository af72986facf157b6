"""Waits for the metadata database: wait_for_database.py [--tls] [--migrated-by JOB [TABLE=FOLDER ...]].

Without --migrated-by it waits until the database answers. With it, until the revision in each alembic TABLE is the
newest of the migrations in FOLDER, a folder of the image's Python libraries. With --tls it ends at once when the
variables of libpq would not decide about TLS.
"""

import os
import re
import signal
import subprocess
import sys
import time

import metadata_db

REVISION = re.compile(r"^revision\s*(?::[^=\n]+)?=\s*[\"']([^\"']+)", re.M)
PARENTS = re.compile(r"^down_revision\s*(?::[^=\n]+)?=\s*(\([^)]*\)|[^\n]*)", re.M)


def heads(folder):
    """The newest revisions of the image's own migrations, read from their files."""
    found, parents = set(), set()
    for root in metadata_db.site_packages():
        versions = os.path.join(root, folder)
        if not os.path.isdir(versions):
            continue
        for name in os.listdir(versions):
            if name.endswith(".py") and name != "__init__.py":
                with open(os.path.join(versions, name), encoding="utf-8") as file:
                    text = file.read()
                found.update(REVISION.findall(text))
                for line in PARENTS.findall(text):
                    parents.update(re.findall(r"[\"']([^\"']+)[\"']", line))
    return found - parents


def missing(psycopg2, expected):
    """What the database lacks, in words; None when it is ready."""
    try:
        with metadata_db.connect(psycopg2) as connection, connection.cursor() as cursor:
            for table, revisions in expected.items():
                cursor.execute("SELECT to_regclass(%s)", (table,))
                if cursor.fetchone()[0] is None:
                    return f"the migration: table {table} does not exist yet"
                cursor.execute(f"SELECT version_num FROM {table}")
                there = {row[0] for row in cursor.fetchall()}
                if there != revisions:
                    return f"the migration: {table} is at {sorted(there)}, this image needs {sorted(revisions)}"
    except psycopg2.Error as error:
        return f"the database: {str(error).strip()}"
    return None


def check_tls():
    """Ends with what keeps the variables of libpq from deciding."""
    url = os.environ.get(metadata_db.VARIABLE, "")
    if not url.startswith("postgres"):
        raise SystemExit("'tls' of the database is for Postgres, but the connection in the Secret is to another one; leave 'tls' out")
    if re.search(r"[?&]ssl\w*=", url):
        raise SystemExit("the connection in the Secret has an option of TLS, which 'tls' of the database decides; leave the option out there")


def without_driver(job):
    """The same by Airflow's own commands, where the database is not Postgres."""
    command = ["airflow", "db", "check-migrations", "--migration-wait-timeout=60"] if job else ["airflow", "db", "check"]
    while subprocess.run(command).returncode != 0:
        print(f"waiting for {f'Job {job}' if job else 'the database'}", flush=True)
        time.sleep(5)


def main(job, tables):
    psycopg2 = metadata_db.driver()
    if psycopg2 is None:
        return without_driver(job)
    expected = {table: heads(folder) for table, folder in tables.items()}
    for table, folder in tables.items():
        if not expected[table]:
            raise SystemExit(f"this image has no migrations in {folder}, so {table} can never be ready; is the provider installed?")
    said, at = None, 0.0
    while (reason := missing(psycopg2, expected)) is not None:
        if reason != said or time.monotonic() - at > 60:
            hint = f"; if this lasts, look at the Job {job}, or delete it and apply again" if job else ""
            print(f"waiting for {reason}{hint}", flush=True)
            said, at = reason, time.monotonic()
        time.sleep(1)
    print("the database is ready", flush=True)


if __name__ == "__main__":
    # Nobody else handles it for the first process of a container, which would be waited for when its pod is deleted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = sys.argv[1:]
    if arguments[:1] == ["--tls"]:
        check_tls()
        arguments = arguments[1:]
    if arguments[:1] == ["--migrated-by"]:
        main(arguments[1], dict(argument.split("=", 1) for argument in arguments[2:]))
    else:
        main(None, {})
