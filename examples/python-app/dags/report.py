"""A report: one task takes a slot of a pool, the next one runs in a large pod."""

from airflow.sdk import dag, task
from airflow_task_pods import large


@dag(schedule=None, catchup=False)
def report():
    @task(pool="warehouse")
    def extract():
        return list(range(10))

    @task(executor_config=large(memory="1536Mi"))
    def summarize(numbers):
        import os

        print("threads:", os.environ["OMP_NUM_THREADS"])
        return sum(numbers)

    summarize(extract())


report()
