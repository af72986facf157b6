"""Pods started by tasks: one that passes, one that fails as it should, and others that show what a pod can have."""

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from kubernetes.client import models as k8s

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow.models.dag import DAG
    from airflow.operators.empty import EmptyOperator

PYTHON = "apache/airflow:3.3.2"  # any image that has Python

with DAG("kubernetes_sample", schedule=None, catchup=False):
    start = EmptyOperator(task_id="run_this_first")

    passing = KubernetesPodOperator(
        task_id="passing",
        name="passing-test",
        image=PYTHON,
        cmds=["python", "-c"],
        arguments=["print('hello world')"],
        labels={"foo": "bar"},
        container_resources=k8s.V1ResourceRequirements(requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}),
    )

    # An image without Python. It runs as root unless told otherwise, which the Pod Security level restricted refuses.
    failing = KubernetesPodOperator(
        task_id="failing",
        name="failing-test",
        image="postgres:17",
        cmds=["python", "-c"],
        arguments=["print('hello world')"],
        labels={"foo": "bar"},
        security_context=k8s.V1PodSecurityContext(run_as_user=999),
    )

    elsewhere = KubernetesPodOperator(
        task_id="elsewhere",
        namespace="airflow-local-jobs",
        image=PYTHON,
        cmds=["python", "-c"],
        arguments=["print('hello from another namespace')"],
    )

    # The pod gets the Secret, Airflow itself cannot read it.
    with_secret = KubernetesPodOperator(
        task_id="with_secret",
        image=PYTHON,
        cmds=["python", "-c"],
        arguments=["import os; print('a password of', len(os.environ['PASSWORD']), 'characters')"],
        secrets=[Secret("env", "PASSWORD", "warehouse", "password")],
    )

    result = KubernetesPodOperator(
        task_id="result",
        image=PYTHON,
        cmds=["python", "-c"],
        arguments=["import json; json.dump({'answer': 42}, open('/airflow/xcom/return.json', 'w'))"],
        do_xcom_push=True,
    )

    start >> [passing, failing, elsewhere, with_secret, result]
