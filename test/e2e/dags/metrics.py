"""DAGs for every kind of event that has a metric."""

import time
from datetime import timedelta

try:
    from airflow.sdk import DAG, task
except ImportError:
    from airflow import DAG
    from airflow.decorators import task
try:
    from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
except ImportError:
    from airflow.sensors.time_delta import TimeDeltaSensorAsync as TimeDeltaSensor

ALONE = {"schedule": None, "catchup": False}

with DAG("metrics", **ALONE):

    @task
    def fails():
        raise ValueError("as it should")

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def again(ti=None):
        if ti.try_number < 2:
            raise ValueError("as it should, once")

    @task(pool="small")
    def starves(number):
        time.sleep(5)

    fails()
    again()
    starves.expand(number=[1, 2])
    options = {} if TimeDeltaSensor.__name__.endswith("Async") else {"deferrable": True}
    TimeDeltaSensor(task_id="defers", delta=timedelta(seconds=3), **options)

with DAG("killed", **ALONE):

    @task
    def hangs():
        time.sleep(600)

    hangs()
