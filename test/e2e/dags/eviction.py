"""Fifty short tasks and a long one, while the cluster evicts their pods and all others."""

import time
from datetime import timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

LONG = 150


@dag(schedule=None, catchup=False, max_active_tasks=4, default_args={"retries": 3, "retry_delay": timedelta(seconds=1)})
def eviction():
    @task
    def short(number):
        time.sleep(10)
        return number

    @task(priority_weight=100)
    def long(ti=None):
        # A second try is only counted.
        time.sleep(LONG if ti.try_number == 1 else 1)

    long()
    short.expand(number=list(range(50)))


eviction()
