"""DAGs with which the test makes faults, and one that runs each minute."""

import os
import signal
import time
from datetime import datetime, timedelta

try:
    from airflow.sdk import DAG, task
except ImportError:
    from airflow import DAG
    from airflow.decorators import task
try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
except ImportError:
    from airflow.operators.empty import EmptyOperator
    from airflow.sensors.time_delta import TimeDeltaSensorAsync as TimeDeltaSensor
from kubernetes.client import models as k8s

ALONE = {"schedule": None, "catchup": False}
DEFERS = {} if TimeDeltaSensor.__name__.endswith("Async") else {"deferrable": True}
IN_POD = {"executor": "KubernetesExecutor"}

with DAG("many", max_active_tasks=16, **ALONE):

    @task
    def count(number):
        return number

    count.expand(number=list(range(20)))
    # Airflow 2 tells how long a task was scheduled only if it had begun before.
    TimeDeltaSensor(task_id="resumes", delta=timedelta(seconds=1), **DEFERS)

with DAG("starves", max_active_runs=40, **ALONE):

    @task(pool="small")
    def starves(number):
        time.sleep(900)

    starves.expand(number=[1, 2])

with DAG("defers", **ALONE):
    for number in range(5):
        TimeDeltaSensor(task_id=f"defers{number}", delta=timedelta(minutes=30), **DEFERS)

with DAG("stopped", **ALONE):

    @task(**IN_POD)
    def stops():
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(900)

    stops()

with DAG("pending", **ALONE):

    @task(queue="nowhere", executor_config={"pod_override": k8s.V1Pod(spec=k8s.V1PodSpec(containers=[], node_selector={"no": "node"}))}, **IN_POD)
    def waits():
        pass

    waits()

with DAG("pods", **ALONE):

    @task(**IN_POD)
    def fails():
        raise ValueError("as it should")

    @task(**IN_POD, retries=10, retry_delay=timedelta(seconds=10))
    def ends():
        pass

    fails()
    ends()

with DAG("queued", **ALONE):

    @task
    def ends():
        pass

    ends()

for dag_id in ("each_minute", "late"):
    with DAG(dag_id, schedule="* * * * *", start_date=datetime.fromisoformat("START_DATE"), catchup=dag_id == "late"):
        EmptyOperator(task_id="nothing")
