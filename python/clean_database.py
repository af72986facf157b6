"""Deletes old rows of the metadata database: clean_database.py OPTIONS, a JSON of `retention`, `tables`, `exclude`, `batch`, `seconds`,
`dropArchives` and `dryRun`. All times are seconds.

The tables and the columns of their age are those of Airflow's own `airflow db clean`. That command also deletes tasks that still run and
triggers that are still in use, needs to create tables, has no batches before 3.1, and ends well when it has failed. This script deletes
small batches, each in a short transaction of its own. It leaves rows that belong to an unfinished DAG run or task, rows that others lock,
and everything while a migration runs.
"""

import datetime
import re
import sys
import time
import warnings

import housekeeping

FINISHED = ("success", "failed", "skipped", "upstream_failed", "removed")
BATCH_SECONDS = 60
SEARCH_SECONDS = 600
SEARCHED_BATCHES = 20  # a search may read the whole table, so it finds rows for several batches
SMALLEST_BATCH = 50
LOCKED = "55P03"  # PostgreSQL: lock_not_available
# A DAG that waits for several assets still needs the events that it has seen.
WAITING_EVENTS = {"asset_event": ("asset_dag_run_queue", "asset_id"), "dataset_event": ("dataset_dag_run_queue", "dataset_id")}
ARCHIVE = re.compile(r"_airflow_deleted__\w+__(\d{14})(__b\d+)?")


class Cleaner(housekeeping.Database):
    def __init__(self, options):
        from airflow.utils.db_cleanup import config_dict

        super().__init__()
        self.options = options
        self.batch = options["batch"]
        self.until = time.monotonic() + options["seconds"]
        self.dry_run = options["dryRun"]
        self.configs = config_dict
        self.aliases = {}
        self.failed = []
        with self.reading() as connection:
            self.revisions = self.revisions_in(connection)

    def run(self):
        # Rows that refer to others go first.
        for table in reversed(self.metadata.sorted_tables):
            if table.name in self.configs and table.name not in self.options["exclude"] and list(table.primary_key.columns):
                self.clean(table)
        if self.options["dropArchives"]:
            self.drop_archives()
        if self.failed:
            print(f"these tables could not be cleaned: {', '.join(self.failed)}", flush=True)
        return 1 if self.failed else 0

    def clean(self, table):
        import sqlalchemy as sa

        began, deleted = time.monotonic(), 0
        try:
            if self.dry_run:
                with self.limited(SEARCH_SECONDS) as connection:
                    count = connection.execute(sa.select(sa.func.count()).select_from(self.search(table).subquery())).scalar()
                print(f"{table.name}: {count} rows would be deleted", flush=True)
                return
            while keys := self.find(table):
                before = deleted
                while keys and time.monotonic() < self.until:
                    batch, keys = keys[:self.batch], keys[self.batch:]
                    deleted += self.delete(table, batch)
                if time.monotonic() >= self.until:
                    raise OutOfTime
                if deleted == before:  # others lock all that is left
                    break
        except sa.exc.SQLAlchemyError as error:
            self.fail(table, error)
        finally:
            if deleted:
                print(f"{table.name}: deleted {deleted} rows in {time.monotonic() - began:.0f} s", flush=True)

    def fail(self, table, error):
        self.failed.append(table.name)
        print(f"{table.name}: {housekeeping.first_line(error)}", flush=True)

    def drop_archives(self):
        """Drops the tables in which `airflow db clean` has kept rows, once they are old themselves."""
        for name, table in sorted(self.tables.items()):
            made = ARCHIVE.fullmatch(name)
            if made is None or datetime.datetime.strptime(made[1] + "+0000", "%Y%m%d%H%M%S%z") >= self.before(None):
                continue
            print(f"{name}: {'would be dropped' if self.dry_run else 'is dropped'}", flush=True)
            if not self.dry_run:
                self.drop(table)

    def drop(self, table):
        try:
            with self.limited(BATCH_SECONDS) as connection:
                self.check_migration(connection)
                table.drop(connection)
        except self.sa.exc.SQLAlchemyError as error:
            self.fail(table, error)

    def before(self, name):
        """The moment before which a row of the table is old."""
        return self.now - datetime.timedelta(seconds=self.options["tables"].get(name, self.options["retention"]))

    def find(self, table):
        """The keys of rows to delete."""
        with self.limited(SEARCH_SECONDS) as connection:
            return [tuple(row) for row in connection.execute(self.search(table).limit(self.batch * SEARCHED_BATCHES))]

    def delete(self, table, keys):
        """Deletes those rows of a batch that still qualify, and that nobody has locked."""
        import sqlalchemy as sa

        deleted = 0
        while keys and time.monotonic() < self.until:
            try:
                deleted += self.delete_once(table, keys[:self.batch])
            except sa.exc.OperationalError as error:  # it took too long, or stood in the way of another
                if error.connection_invalidated or self.batch == SMALLEST_BATCH and not is_locked(error):
                    raise
                if self.batch > SMALLEST_BATCH:
                    self.batch = max(SMALLEST_BATCH, self.batch // 4)
                    print(f"{table.name}: {housekeeping.first_line(error)}; goes on with {self.batch} rows at a time", flush=True)
                    continue
                print(f"{table.name}: leaves {len(keys[:self.batch])} rows, since others lock some of them or what belongs to them", flush=True)
            keys = keys[self.batch:]
        return deleted

    def delete_once(self, table, keys):
        import sqlalchemy as sa

        base, columns = self.base(table), [column.name for column in table.primary_key.columns]
        with self.limited(BATCH_SECONDS) as connection:
            self.check_migration(connection)
            search = self.search(table).where(among([base.c[name] for name in columns], keys))
            if self.engine.dialect.name != "sqlite":
                search = search.with_for_update(skip_locked=True, of=base if self.postgres else None)
            rows = [tuple(row) for row in connection.execute(search)]
            if rows:
                connection.execute(sa.delete(table).where(among([table.c[name] for name in columns], rows)))
        return len(rows)

    def revisions_in(self, connection):
        return sorted(row[0] for row in connection.exec_driver_sql("SELECT version_num FROM alembic_version"))

    def check_migration(self, connection):
        from airflow.utils.db import DBLocks

        held = self.postgres and connection.exec_driver_sql(
            f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {int(DBLocks.MIGRATIONS.value)} AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").first()
        if held or self.revisions_in(connection) != self.revisions:
            raise Migrating

    def base(self, table):
        # Filters of Airflow call it so.
        return self.aliases.setdefault(table.name, table.alias("base"))

    def column_before(self, name):
        return housekeeping.in_column(self.before(name), self.engine)

    def search(self, table):
        """Selects the keys of the rows that may be deleted."""
        import sqlalchemy as sa

        config, base = self.configs[table.name], self.base(table)
        conditions = [
            base.c[config.recency_column_name] < self.column_before(table.name),
            *(getattr(config, "extra_filters", None) or []),
            *self.kept_last(table, base, config),
            *self.unfinished(table, base),
            *self.referenced(table, base),
        ]
        waiting, column = WAITING_EVENTS.get(table.name, (None, None))
        if waiting in self.tables:
            queue = self.tables[waiting].alias()
            conditions.append(~exists(queue, queue.c[column] == base.c[column]))
        for stale, value in (("is_stale", sa.true()), ("is_active", sa.false())):
            # The dag-processor may have been away for the whole retention, and a paused DAG would no longer be paused.
            if table.name == "dag" and stale in base.c:
                conditions.append(base.c[stale] == value)
        return sa.select(*[base.c[column.name] for column in table.primary_key.columns]).where(*conditions)

    def kept_last(self, table, base, config):
        """The last row of each group stays, as Airflow has it: the last scheduled run of a DAG."""
        import sqlalchemy as sa

        if not config.keep_last:
            return []
        groups, others = config.keep_last_group_by, table.alias("others")
        last = sa.select(*[others.c[name].label(name) for name in groups], sa.func.max(others.c[config.recency_column_name]).label("last"))
        last = last.where(*config.keep_last_filters or []).group_by(*[others.c[name] for name in groups]).subquery("kept")
        return [~exists(last, last.c.last == base.c[config.recency_column_name], *[last.c[name] == base.c[name] for name in groups])]

    def unfinished(self, table, base):
        """Nothing that belongs to a run or a task that has not finished."""
        import sqlalchemy as sa

        conditions = []
        if table.name in ("dag_run", "task_instance"):
            conditions.append(sa.or_(base.c.state.in_(FINISHED), *[base.c.state.is_(None)] if table.name == "task_instance" else []))
        if table.name == "dag_run":
            tasks = self.tables["task_instance"].alias("tasks")
            conditions.append(~exists(tasks, tasks.c.dag_id == base.c.dag_id, tasks.c.run_id == base.c.run_id, tasks.c.state.notin_(FINISHED)))
        if table.name == "dag":
            runs = self.tables["dag_run"].alias("runs")
            conditions.append(~exists(runs, runs.c.dag_id == base.c.dag_id))
        for key in table.foreign_key_constraints:
            target = key.referred_table
            if target.name in ("dag_run", "task_instance"):
                other = target.alias()
                same = [other.c[element.column.name] == base.c[element.parent.name] for element in key.elements]
                conditions.append(~exists(other, *same, other.c.state.notin_(FINISHED)))
                if table.name == "task_instance":  # the last run of a DAG stays with its tasks
                    run = target.alias()
                    old = self.kept_last(target, run, self.configs[target.name])
                    conditions.append(exists(run, *[run.c[element.column.name] == base.c[element.parent.name] for element in key.elements], *old))
        return conditions

    def referenced(self, table, base):
        """Nothing whose deletion others refuse, or with which young rows would go."""
        conditions = []
        for other in self.tables.values():
            for key in other.foreign_key_constraints:
                if key.referred_table is not table:
                    continue
                user, deletes = other.alias(), (key.ondelete or "NO ACTION").upper()
                same = [user.c[element.parent.name] == base.c[element.column.name] for element in key.elements]
                # The tasks and watchers that use a trigger would go with it.
                if deletes in ("NO ACTION", "RESTRICT") or table.name == "trigger" or other.name in self.options["exclude"]:
                    conditions.append(~exists(user, *same))
                elif deletes == "CASCADE" and other.name in self.configs:
                    recency = user.c[self.configs[other.name].recency_column_name]
                    conditions.append(~exists(user, *same, recency >= self.column_before(other.name)))
        return conditions


def is_locked(error):
    return LOCKED in (getattr(error.orig, "pgcode", None), getattr(error.orig, "sqlstate", None))


class OutOfTime(Exception):
    pass


class Migrating(Exception):
    pass


def exists(table, *conditions):
    import sqlalchemy as sa

    return sa.exists(sa.select(sa.literal(1)).select_from(table).where(*conditions))


def among(columns, rows):
    import sqlalchemy as sa

    return columns[0].in_([row[0] for row in rows]) if len(columns) == 1 else sa.tuple_(*columns).in_(rows)


def main(options):
    from sqlalchemy.exc import SAWarning

    warnings.simplefilter("ignore", SAWarning)  # about indexes that it does not need
    try:
        return Cleaner(options).run()
    except Migrating:
        print("the database is being migrated; the next run goes on", flush=True)
    except OutOfTime:
        print(f"{options['seconds']} s have passed; the next run goes on", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(housekeeping.options()))
