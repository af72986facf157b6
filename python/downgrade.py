"""Takes the metadata database back to a version before: downgrade.py VERSION.

Runs `airflow db downgrade` in this process. It runs in the image of the version that migrated the database, since only that has the way
back. What stands against it is told before anything changes: a database that this image does not know, one that is older already, and a
version that Airflow has no way back to. In a Postgres it begins when no other session uses a table.
"""

import sys
import time

import migrate


class Refused(Exception):
    """Nothing has been changed."""


def revision_of(version, heads):
    """The revision of a version's database: that of the newest version with a migration up to it. The command of 2.x does not find each."""

    def numbers(text):
        return tuple(int(number) for number in text.split("."))

    return next((heads[each] for each in sorted(heads, key=numbers, reverse=True) if numbers(each) <= numbers(version)), None)


def ancestors(script, revision):
    """The revisions that lead to this one, itself included."""
    found, left = set(), [revision]
    while left:
        at = left.pop()
        if at not in found:
            found.add(at)
            down = script.get_revision(at).down_revision
            left.extend([down] if isinstance(down, str) else down or ())
    return found


def is_needed(script, current, target, version, own):
    """Whether there is anything to take back; refuses what cannot be."""
    known = {each.revision for each in script.walk_revisions()}
    if current is None:
        raise Refused("the database has no tables of Airflow, so there is nothing to take back")
    if current not in known:
        raise Refused(f"Airflow {own} does not know the database's revision {current}; use the image of the version that migrated it")
    if target is None or target not in known:
        raise Refused(f"Airflow {own} has no way back to {version}; restore the backup from before the upgrade")
    if current == target:
        return False
    if target not in ancestors(script, current):
        raise Refused(f"the database, at revision {current}, is older than that of {version}, {target}; upgrade instead")
    return True


def revision_in_database():
    from airflow import settings
    from sqlalchemy import inspect, text

    with settings.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


MOVED = "_airflow_moved__3_0_0__offending_dag_run"


def check_runs(version, count, tables):
    """Airflow moves the runs that a 2.x cannot store into a table of its own, and fails half way if an earlier downgrade has left it."""
    if count == 0:
        return
    if MOVED in tables:
        raise Refused(f"Airflow would move {count} runs without a logical date into the table {MOVED}, which is there already from an earlier "
                      "downgrade; drop it, or rename it")
    print(f"Airflow {version} cannot store {count} runs without a logical date: they move into the table {MOVED}, their tasks are deleted", flush=True)


def runs_without_date(tables_and_columns):
    """How many runs there are that no database of 2.x can store."""
    from airflow import settings
    from sqlalchemy import text

    if "logical_date" not in {column["name"] for column in tables_and_columns.get_columns("dag_run")}:
        return 0
    with settings.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM dag_run WHERE logical_date IS NULL")).scalar()


def main(version):
    import airflow.settings  # noqa: F401, it makes the engine
    from airflow import __version__
    from airflow.utils.db import _REVISION_HEADS_MAP, _get_alembic_config
    from alembic.script import ScriptDirectory
    from sqlalchemy import inspect

    began = time.monotonic()
    script = ScriptDirectory.from_config(_get_alembic_config())
    target = revision_of(version, _REVISION_HEADS_MAP)
    try:
        if not is_needed(script, revision_in_database(), target, version, __version__):
            print(f"the database is that of Airflow {version} already", flush=True)
            return 0
        if version.startswith("2."):
            found = inspect(airflow.settings.engine)
            check_runs(version, runs_without_date(found), found.get_table_names())
    except Refused as refused:
        print(f"{refused}. Nothing has been changed.", flush=True)
        return 1
    status = migrate.change_tables("db", "downgrade", "--to-revision", target, "--yes", is_needed=lambda _: True)
    if status is None:
        print("nothing has been changed", flush=True)
        return 1
    print(f"the downgrade to {version} {'failed after' if status else 'took'} {time.monotonic() - began:.0f} s", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
