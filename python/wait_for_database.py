"""Waits for the metadata database: wait_for_database.py [--airflow VERSION] [--tls] [--dags-checked JOB] [--migrated-by JOB [TABLE=FOLDER ...]].

Without --migrated-by it waits until the database answers. With it, until the revision in each alembic TABLE is the
newest of the migrations in FOLDER, a folder of the image's Python libraries. With --tls it ends at once when the
variables of libpq would not decide about TLS, and with --airflow when the image has Airflow of another series. With
--dags-checked it also waits for the Job that imports all DAGs.
"""

import argparse
import os
import re
import signal
import sys
import time

import database_url
import metadata_db

REVISION = re.compile(r"^revision\s*(?::[^=\n]+)?=\s*[\"']([^\"']+)", re.M)
PARENTS = re.compile(r"^down_revision\s*(?::[^=\n]+)?=\s*(\([^)]*\)|[^\n]*)", re.M)
DISTRIBUTION = re.compile(r"apache_airflow(_core|)-(\d[^-]*)\.dist-info$")
SAY_AGAIN = 60
CHECKED = "cdk8s-airflow.dags-checked."  # as in check_dags.py
CHECK = "the Job {}, which imports all DAGs; if it failed, its log names the files"


def installed():
    """The release of the image's Airflow; None where it can't be told."""
    for root in metadata_db.site_packages():
        found = sorted(match.groups() for name in os.listdir(root) if (match := DISTRIBUTION.match(name)) is not None)
        if found:
            return found[-1][1]  # that of the core, where both are there
    return None


def check_version(expected):
    """Ends when the image has another series of Airflow than the YAML was made for."""
    found = installed()
    if found is None or found == expected:
        return
    if found.split(".")[:2] == expected.split(".")[:2]:
        print(f"the image has Airflow {found}, and the YAML was made for {expected} of the same series", flush=True)
        return
    raise SystemExit(f"the image has Airflow {found}, but the YAML was made for {expected}; correct the version, by AirflowVersion.of('{found}') with the image, "
                     f"or use an image that has Airflow {expected}. Nothing was migrated by this pod")


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


def missing(expected, checked):
    """What the database lacks, in words; None when it is ready."""
    with metadata_db.connect() as connection, connection.cursor() as cursor:
        for table, revisions in expected.items():
            cursor.execute("SELECT to_regclass(%s)", (table,))
            if cursor.fetchone()[0] is None:
                return f"the migration: table {table} does not exist yet"
            cursor.execute(f"SELECT version_num FROM {table}")
            there = {row[0] for row in cursor.fetchall()}
            if there != revisions:
                return f"the migration: {table} is at {sorted(there)}, this image needs {sorted(revisions)}"
        if checked:
            cursor.execute(f"SELECT 1 FROM {metadata_db.table('variable')} WHERE key = %s", (CHECKED + checked,))
            if cursor.fetchone() is None:
                return CHECK.format(checked)
    return None


def check_tls():
    """Ends with what keeps the variables of libpq from deciding."""
    if database_url.given():
        return
    url = metadata_db.url()
    if not url.startswith("postgres"):
        raise SystemExit("'tls' of the database is for Postgres, but the connection in the Secret is to another one; leave 'tls' out")
    if re.search(r"[?&]ssl\w*=", url):
        raise SystemExit("the connection in the Secret has an option of TLS, which 'tls' of the database decides; leave the option out there")


def wait_by_airflow(job, reason, checked=None):
    """The same by Airflow's own commands."""
    print(f"asking Airflow itself, which needs some 250 MiB of memory, since {reason}", flush=True)
    command = ["db", "check-migrations", "--migration-wait-timeout=60"] if job else ["db", "check"]
    while metadata_db.ask_airflow(*command) != 0:
        print(f"waiting for {f'Job {job}' if job else 'the database'}", flush=True)
        time.sleep(5)
    while checked and metadata_db.ask_airflow("variables", "get", CHECKED + checked) != 0:
        print(f"waiting for {CHECK.format(checked)}", flush=True)
        time.sleep(30)
    print("the database is ready", flush=True)


def main(job, tables, checked=None):
    reason = metadata_db.obstacle()
    if reason is not None:
        return wait_by_airflow(job, reason, checked)
    expected = {table: heads(folder) for table, folder in tables.items()}
    for table, folder in tables.items():
        if not expected[table]:
            raise SystemExit(f"this image has no migrations in {folder}, so {table} can never be ready; is the provider installed?")
    hint = f"; if this lasts, look at the Job {job}, or delete it and apply again" if job else ""
    said, at, refused_at = None, 0.0, None
    while True:
        try:
            reason, refused = missing(expected, checked), False
        except metadata_db.driver().Error as error:
            reason, refused = f"the database: {str(error).strip()}", metadata_db.refused(error)
        if reason is None:
            print("the database is ready", flush=True)
            return
        now = time.monotonic()
        if reason != said or now - at > SAY_AGAIN:
            print(f"waiting for {reason}{hint}", flush=True)
            said, at = reason, now
        if refused and (refused_at is None or now - refused_at > SAY_AGAIN):
            refused_at = now
            if metadata_db.ask_airflow("db", "check") == 0:
                return wait_by_airflow(job, "it connects in another way than by the URL", checked)
        time.sleep(1)


if __name__ == "__main__":
    # Nobody else handles it for the first process of a container, which would be waited for when its pod is deleted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser()
    parser.add_argument("--airflow")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--dags-checked")
    parser.add_argument("--migrated-by", nargs="+")
    options = parser.parse_args()
    if options.airflow:
        check_version(options.airflow)
    if options.tls:
        check_tls()
    job, *tables = options.migrated_by or [None]
    try:
        main(job, dict(table.split("=", 1) for table in tables), options.dags_checked)
    except database_url.PartError as error:
        sys.exit(f"{error}")
