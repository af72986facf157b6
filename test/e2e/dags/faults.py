"""Tasks that start, run and wait in the queue while a part of the platform is away."""

import time
from datetime import timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, catchup=False, max_active_tasks=8, default_args={"retries": 3, "retry_delay": timedelta(seconds=1)})
def faults():
    @task
    def ten_seconds(number):
        for second in range(10):
            print(number, second)
            time.sleep(1)
        return number

    ten_seconds.expand(number=list(range(24)))


faults()
