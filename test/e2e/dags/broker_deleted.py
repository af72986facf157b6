"""Tasks that run and wait while the broker is away."""

import time

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, catchup=False, max_active_tasks=16)
def broker_deleted():
    @task
    def short(number):
        time.sleep(2)
        return number

    short.expand(number=list(range(40)))


broker_deleted()
