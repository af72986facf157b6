"""Pods started by tasks: one that passes, one that fails as it should, one in another namespace, one with a result."""

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from kubernetes.client import models as k8s

PYTHON = "apache/airflow:3.3.2"

with DAG("kubernetes_sample", schedule=None, catchup=False):
    start = EmptyOperator(task_id="run_this_first")

    passing = KubernetesPodOperator(
        task_id="passing",
        image=PYTHON,
        cmds=["python", "-c"],
        arguments=["print('hello world')"],
        labels={"foo": "bar"},
    )

    # An image without Python. It runs as root unless told otherwise, which the Pod Security level restricted refuses.
    failing = KubernetesPodOperator(
        task_id="failing",
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

    result = KubernetesPodOperator(
        task_id="result",
        image=PYTHON,
        cmds=["python", "-c"],
        arguments=["import json; json.dump({'answer': 42}, open('/airflow/xcom/return.json', 'w'))"],
        do_xcom_push=True,
    )

    start >> [passing, failing, elsewhere, result]
