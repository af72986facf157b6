"""A task every 20 seconds, with Celery every 5, whose starts show for how long nothing was scheduled."""

from datetime import datetime, timedelta

from airflow.configuration import conf

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

# A pod of a task takes seconds to start.
SECONDS = 5 if "Celery" in conf.get("core", "executor") else 20


@dag(schedule=timedelta(seconds=SECONDS), start_date=datetime(2024, 1, 1), catchup=False, max_active_runs=6)
def ticking():
    @task
    def tick():
        pass

    tick()


ticking()
