"""As many tasks as the test asks for, each of which writes an XCom."""

import os

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, catchup=False, max_active_tasks=16, default_args={"retries": 2})
def many():
    @task
    def count(number):
        return number

    count.expand(number=list(range(int(os.environ.get("E2E_TASKS", "200")))))


many()
