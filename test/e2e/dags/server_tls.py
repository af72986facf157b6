"""Tasks that talk to a server with a certificate, in each executor: some at once, and some that run until the test lets them go on."""

import time

try:
    from airflow.sdk import Variable, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models import Variable

EXECUTORS = ["LocalExecutor", "CeleryExecutor", "KubernetesExecutor"]


@dag(schedule=None, catchup=False, max_active_tasks=16)
def server_tls():
    for executor in EXECUTORS:

        @task(executor=executor, task_id=f"numbers-{executor}")
        def numbers():
            return [1, 2, 3]

        @task(executor=executor, task_id=f"total-{executor}")
        def total(values):
            return sum(values)

        @task(executor=executor, task_id=f"waits-{executor}")
        def waits():
            end = time.monotonic() + 1800
            while Variable.get("e2e_release", "no") != "yes":
                assert time.monotonic() < end, "nobody released this task"
                time.sleep(2)

        total(numbers())
        waits()


server_tls()
