"""Tasks that choose their pods by name."""

from datetime import timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow_task_pods import gpu, large, prepared, scratch, small

try:
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG

IMAGE = "apache/airflow:2.11.2"  # any image that has Python


@task
def usual():
    """Without a name: the default task pod."""


@task(executor_config=small(), retries=1, retry_delay=timedelta(seconds=1))
def greedy(ti=None):
    """Takes more memory than its pod allows, and is tried again."""
    if ti.try_number == 1:
        print("greedy:", len(bytearray(2**30)))
    return ti.try_number


@task(**large.task(memory="768Mi", cpu="250m"))
def tuned(number):
    import os

    return number * int(os.environ["OMP_NUM_THREADS"])


@task(executor_config=prepared())
def uses_model():
    from urllib.request import urlopen

    with open("/prepared/model.txt") as model, urlopen("http://127.0.0.1:9000/model.txt") as served:
        return [model.read(), served.read().decode()]


@task(executor_config=scratch())
def spills():
    with open("/tmp/spill", "wb") as file:
        return file.write(bytes(2**20))


@task.kubernetes(image=IMAGE, **large.pod_operator())
def elsewhere():
    import os

    print("elsewhere: threads", os.environ["OMP_NUM_THREADS"])


@task(executor_config=gpu())
def trains():
    """Waits for a node with a GPU."""


with DAG("task_pods", schedule=None, catchup=False):
    usual() >> [greedy(), uses_model(), spills(), elsewhere()]
    tuned.expand(number=[1, 2])
    KubernetesPodOperator(
        task_id="any_image",
        image=IMAGE,
        cmds=["python", "-c"],
        arguments=["import os; print('any_image: threads', os.environ['OMP_NUM_THREADS'])"],
        **large.pod_operator(memory="600Mi"),
    )

with DAG("task_pods_gpu", schedule=None, catchup=False, default_args={"executor_config": gpu()}):
    trains()
