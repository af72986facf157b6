"""Tasks that send heartbeats while users overload the UI."""

import time
from datetime import timedelta

from airflow.sdk import dag, task


@dag(schedule=None, catchup=False, default_args={"retries": 3, "retry_delay": timedelta(seconds=1)})
def web_load():
    @task
    def thirty_seconds(number):
        for second in range(30):
            print(number, second)
            time.sleep(1)

    thirty_seconds.expand(number=list(range(30)))


web_load()
