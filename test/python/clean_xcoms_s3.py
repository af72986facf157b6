"""Cleans XComs in a bucket that Airflow's own backend has written: clean_xcoms_s3.py, in an environment with Airflow 3, the providers amazon and
common.io, s3fs and moto[server]. It prints what it has checked; jest tests the same script with a file system of its own.
"""

import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

from moto.server import ThreadedMotoServer

PYTHON = pathlib.Path(__file__).resolve().parents[2] / "python"
STRANGE = ["elsewhere/d/gone/t/0d5c6f2e-1111-4222-8333-444455556666", "xcoms/d/other/file.txt"]

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())
folder = tempfile.mkdtemp()
database = f"{folder}/airflow.db"
os.environ.update({
    "AIRFLOW_HOME": folder,
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
    "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": "s3://aws_default@acme/xcoms",
    "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": "10",
    "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(
        {"conn_type": "aws", "login": "key", "password": "secret", "extra": {"region_name": "us-east-1", "endpoint_url": url}}
    ),
})
with sqlite3.connect(database) as connection:
    connection.execute("CREATE TABLE dag_run (id INTEGER PRIMARY KEY, dag_id TEXT, run_id TEXT)")
    connection.execute("INSERT INTO dag_run VALUES (1, 'd', 'kept run+1')")

import boto3  # noqa: E402
from airflow.providers.common.io.xcom.backend import XComObjectStorageBackend  # noqa: E402

s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
s3.create_bucket(Bucket="acme")


def keys():
    return sorted(found["Key"] for found in s3.list_objects_v2(Bucket="acme").get("Contents", []))


def clean(**options):
    command = [sys.executable, str(PYTHON / "clean_xcoms.py"), json.dumps({"dryRun": False, **options})]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


for dag, run in [("d", "kept run+1"), ("d", "gone__2026-01-01T00:00:00+00:00"), ("e", "gone")]:
    for task in ["t", "group.u"]:
        XComObjectStorageBackend.serialize_value({"large": "x" * 100}, key="return_value", task_id=task, dag_id=dag, run_id=run, map_index=-1)
for key in STRANGE:
    s3.put_object(Bucket="acme", Key=key, Body=b"no XCom of this Airflow")
kept = sorted([*STRANGE, *(key for key in keys() if key.startswith("xcoms/d/kept run+1/"))])
assert len(keys()) == 8 and len(kept) == 4, keys()

for options, printed, left in [
    ({"retention": 86400}, "deleted 0 XComs", 8),
    ({"retention": 1, "dryRun": True}, "would delete 4 XComs", 8),
    ({"retention": 1}, "deleted 4 XComs", 4),
    ({"retention": 1}, "deleted 0 XComs", 4),
]:
    time.sleep(2)  # until the objects are older than a second
    assert (clean(**options), len(keys())) == (printed, left), keys()
    print(options, printed)
assert keys() == kept, keys()
server.stop()
