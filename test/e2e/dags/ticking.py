"""A task every 20 seconds, whose starts show for how long nothing was scheduled."""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=timedelta(seconds=20), start_date=datetime(2024, 1, 1), catchup=False, max_active_runs=3)
def ticking():
    @task
    def tick():
        pass

    tick()


ticking()
