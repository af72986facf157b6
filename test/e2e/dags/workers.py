"""Tasks that live on while their Celery worker does not, and one that is a pod."""

import datetime
import time

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@task(queue="heavy", retries=2, retry_delay=datetime.timedelta(seconds=1))
def long(seconds):
    print("workers: begins", flush=True)
    time.sleep(seconds)
    print("workers: ends", flush=True)
    return "slept"


@task
def where():
    import socket

    return socket.gethostname()


@dag(schedule=None, catchup=False)
def worker_killed():
    long(30)


@dag(schedule=None, catchup=False)
def worker_evicted():
    long(60)


@dag(schedule=None, catchup=False)
def workers_scaled_down():
    long(60)


@dag(schedule=None, catchup=False)
def executors():
    where.override(task_id="on_worker")()
    where.override(task_id="in_pod", executor="KubernetesExecutor")()


worker_killed()
worker_evicted()
workers_scaled_down()
executors()
