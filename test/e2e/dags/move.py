"""Runs before, during and after a move from one installation to another."""

import time
from pathlib import Path

from airflow.configuration import conf

try:
    from airflow.sdk import Connection, Variable, dag, get_current_context, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models import Connection, Variable
    from airflow.operators.python import get_current_context

from kubernetes.client import models as k8s

# Both installations have the claim of the logs.
SHARED = Path(conf.get("logging", "base_log_folder"))
RUNNING = 20
QUEUED = 30
# No node has the label before the test gives it one.
WAITING = {"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[], node_selector={"cdk8s-airflow-e2e-move": "yes"}))}


@dag(schedule=None, catchup=False)
def reads():
    @task
    def read():
        print("read: the log of the task")
        get_connection = getattr(Connection, "get", None) or Connection.get_connection_from_secrets
        return get_connection("kept").password + " " + Variable.get("kept")

    read()


@dag(schedule=None, catchup=False, max_active_tasks=RUNNING + QUEUED)
def held():
    @task(retries=0)
    def hold():
        print("held: begins", flush=True)
        with open(SHARED / "started", "a") as started:
            started.write(get_current_context()["ti"].task_id + "\n")
        end = time.monotonic() + 3600
        while not (SHARED / "released").exists():
            assert time.monotonic() < end, "nobody released this task"
            time.sleep(2)

    for number in range(RUNNING + QUEUED):
        first = number < RUNNING
        hold.override(
            task_id=f"task_{number}", priority_weight=2 if first else 1, executor_config={} if first else WAITING
        )()


reads()
held()
