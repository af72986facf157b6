"""Deletes XComs in object storage whose DAG run is gone: clean_xcoms.py OPTIONS, a JSON of `retention` (seconds) and `dryRun`.

The backend XComObjectStorageBackend writes `<path>/<DAG>/<run>/<task>/<uuid>`. Airflow deletes the object of an XCom that is cleared, but
not those of a run that is deleted. Only names of that form are deleted, in case something else is in the same place.
"""

import datetime
import re
import sys

import housekeeping

OBJECT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(\.\w+)?")
BACKEND = "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend"


def storage():
    """The file system of fsspec, and the path in it."""
    from airflow.configuration import conf

    path = conf.get("common.io", "xcom_objectstorage_path", fallback="")
    if not path:
        raise SystemExit("'[common.io] xcom_objectstorage_path' is not set, so there is no place to clean")
    try:
        try:
            from airflow.sdk import ObjectStoragePath
        except ImportError:
            from airflow.io.path import ObjectStoragePath
        place = ObjectStoragePath(path)
        return place.fs, place.path.rstrip("/")
    except (ImportError, ValueError) as error:
        raise SystemExit(f"the image can't reach {path.partition('@')[2] or path}: {error}; it needs the provider of that storage, "
                         "and apache-airflow-providers-common-io") from None


class Runs(housekeeping.Database):
    """The DAG runs that the metadata database has."""

    def __init__(self):
        super().__init__("dag_run")

    def exists(self, dag, run):
        columns = self.tables["dag_run"].c
        return self.first(self.sa.select(columns.id).where(columns.dag_id == dag, columns.run_id == run)) is not None


def changed_at(info):
    """When an object was written, whatever its storage calls it; None where it does not say."""
    for name in ("LastModified", "last_modified", "updated", "mtime"):
        value = info.get(name)
        if isinstance(value, (int, float)):
            return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
        if isinstance(value, str):
            value = housekeeping.moment(value)
        if value is not None:
            return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
    return None


def folders(files, path):
    """The folders in a folder, with their names. An object store has none where nothing is."""
    try:
        found = files.ls(path, detail=True)
    except FileNotFoundError:
        return
    for info in found:
        place = info["name"].rstrip("/")
        if info["type"] == "directory" and place != path:
            yield place, place.rsplit("/", 1)[-1]


def old_objects(files, path, oldest):
    """The XComs of a run; None where one of them is young, or is no XCom."""
    found = files.find(path, detail=True)
    for place, info in found.items():
        changed = changed_at(info)
        task, _, name = place[len(path):].strip("/").partition("/")
        if not task or not OBJECT.fullmatch(name) or changed is None or changed >= oldest:
            return None
    return list(found)


def main(options, files, root, runs):
    oldest = runs.now - datetime.timedelta(seconds=options["retention"])
    deleted = 0
    for dag_path, dag in list(folders(files, root)):
        for run_path, run in list(folders(files, dag_path)):
            objects = None if runs.exists(dag, run) else old_objects(files, run_path, oldest)
            if not objects:
                continue
            if not options["dryRun"]:
                files.rm(objects)
            deleted += len(objects)
    print(f"{'would delete' if options['dryRun'] else 'deleted'} {deleted} XComs", flush=True)


if __name__ == "__main__":
    main(housekeeping.options(), *storage(), Runs())
