"""Sixty tasks at once, which need more workers than there are."""

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
from team.shared.waiting import wait


@dag(schedule=None, catchup=False, max_active_tasks=60)
def sixty():
    @task
    def ten_seconds(number):
        with open("/etc/facts/labels", encoding="utf-8") as file:
            assert "worker" in file.read()
        print(number)
        wait(10)

    ten_seconds.expand(number=list(range(60)))


sixty()
